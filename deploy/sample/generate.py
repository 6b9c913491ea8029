#!/usr/bin/env python3
"""Writes the sample data of the first-light story: charity/community-reports.csv and bank/alerts.stix.json.

Everything in it is invented: nobody and no company in it exists. Telephone numbers are from the ranges that Ofcom keeps
for drama, plates have letters that no plate has, IBANs name a bank that does not exist, domains end in `.example`.
The same seed always gives the same bytes: run it, and `git diff` shows whether the files are still its own.
"""
import csv
import datetime
import json
import pathlib
import random
import uuid

HERE = pathlib.Path(__file__).resolve().parent
SEED = 20260301
FIRST_DAY = datetime.date(2024, 3, 1)  # the reports span 24 months from here
EXTENSION = "extension-definition--799cd2ef-2c13-4285-b782-702513655767"
TLP = {
    "GREEN": "marking-definition--bab4a63c-aed9-4cf5-a766-dfca5abac2bb",
    "AMBER": "marking-definition--55d920b0-5e8b-4f79-9ee9-91f868d9b421",
    "AMBER+STRICT": "marking-definition--939a9414-2ddd-4d32-a0cd-375ea402b003",
    "RED": "marking-definition--e828b379-4e03-4974-9ac4-e53a884c97c1",
}

# town, county, latitude, longitude of its centre
TOWNS = {
    "Leeds": ("West Yorkshire", 53.7997, -1.5492), "Bradford": ("West Yorkshire", 53.7950, -1.7594),
    "Wakefield": ("West Yorkshire", 53.6830, -1.4977), "Birmingham": ("West Midlands", 52.4814, -1.8998),
    "Wolverhampton": ("West Midlands", 52.5862, -2.1283), "Coventry": ("West Midlands", 52.4066, -1.5122),
    "Leicester": ("Leicestershire", 52.6369, -1.1398), "Boston": ("Lincolnshire", 52.9789, -0.0266),
    "Spalding": ("Lincolnshire", 52.7870, -0.1530), "Wisbech": ("Cambridgeshire", 52.6667, 0.1600),
    "London": ("Greater London", 51.5072, -0.1276), "Croydon": ("Greater London", 51.3727, -0.1099),
    "Slough": ("Berkshire", 51.5105, -0.5950), "Manchester": ("Greater Manchester", 53.4795, -2.2451),
    "Sunderland": ("Tyne and Wear", 54.9069, -1.3838), "Glasgow": ("Glasgow City", 55.8609, -4.2514),
    "Cardiff": ("Cardiff", 51.4816, -3.1791), "Belfast": ("Belfast", 54.5973, -5.9301),
    "Dover": ("Kent", 51.1290, 1.3080), "Harwich": ("Essex", 51.9440, 1.2850),
}
# where people said they were recruited: name, region, country, how many sentences call the people
ORIGINS = {
    "RO": [("Bacău", "Bacău"), ("Iași", "Iași"), ("Galați", "Galați")],
    "VN": [("Vinh", "Nghệ An"), ("Hải Phòng", "Hải Phòng")],
    "AL": [("Shkodër", "Shkodër"), ("Dibër", "Dibër")], "NG": [("Benin City", "Edo"), ("Lagos", "Lagos")],
    "LT": [("Panevėžys", "Panevėžys County"), ("Kaunas", "Kaunas County")], "PL": [("Łódź", "Łódź"), ("Bytom",
        "Silesia")],
    "BG": [("Sliven", "Sliven")], "IN": [("Kochi", "Kerala")], "ZW": [("Harare", "Harare")], "PH": [("Cebu",
        "Central Visayas")],
}
PEOPLE = {"RO": "Romanian", "VN": "Vietnamese", "AL": "Albanian", "NG": "Nigerian", "LT": "Lithuanian", "PL": "Polish",
          "BG": "Bulgarian", "IN": "Indian", "ZW": "Zimbabwean", "PH": "Filipino"}
LANGUAGES = {"RO": "Romanian", "VN": "Vietnamese", "AL": "Albanian", "NG": "English", "LT": "Lithuanian",
    "PL": "Polish",
             "BG": "Bulgarian", "IN": "Malayalam", "ZW": "Shona", "PH": "Tagalog"}

# trade: towns (repeated where it is common), origins, months in which it is reported most, premises, sentences
TRADES = {
    "car wash": dict(
        towns=["Wolverhampton"] * 6 + ["Birmingham"] * 5 + ["Coventry"] * 3 + ["Leeds", "Leicester", "Cardiff",
            "Slough", "Belfast"],
        origins=["RO", "RO", "AL", "BG"], months=range(1, 13), growing=True,
        premises=["Bright Comet Hand Car Wash", "Four Lanes Valeting", "Blue Kestrel Car Wash",
            "Old Forecourt Car Wash"],
        said=["Men wash cars from seven in the morning until dark, in trainers, without gloves.",
              "They sleep in a container behind the forecourt; a van brings them food.",
              "A man at the till takes all the money and answers when anyone speaks to the workers.",
              "One of them said that he owes two thousand pounds for the journey and has had no pay since he came."]),
    "nail bar": dict(
        towns=["Leeds"] * 4 + ["Bradford"] * 3 + ["Manchester"] * 2 + ["Glasgow", "Cardiff", "Croydon"],
        origins=["VN"], months=range(1, 13),
        premises=["Lotus Kite Nails", "Silver Fern Nail Bar", "Pearl Harbour Street Nails"],
        said=["Very young women work there all day and never go out for lunch.",
              "They are fetched by the same grey car every evening, all together.",
              "One looked no older than sixteen; the manager said she was a cousin on holiday.",
              "They do not handle the money and look at the manager before they answer."]),
    "building site": dict(
        towns=["London"] * 4 + ["Croydon"] * 2 + ["Slough", "Manchester", "Birmingham"],
        origins=["RO", "AL", "LT"], months=range(3, 11),
        premises=["Harrow Row conversion", "Tallow Wharf site", "Kingfisher Yard site"],
        said=["A gang of men is dropped off at six; their foreman keeps their cards in his jacket.",
              "No helmets, no boots, and nobody signs in.",
              "They were promised a hundred pounds a day and get twenty for food.",
              "Their wages go to one account which is not theirs."]),
    "farm": dict(
        towns=["Boston"] * 5 + ["Spalding"] * 5 + ["Wisbech"] * 4,
        origins=["LT", "BG", "RO", "PL"], months=[4, 5, 6, 6, 7, 7, 8, 8, 9, 9, 10],
        premises=["Long Drove packing shed", "Three Gates farm", "Marsh End glasshouses"],
        said=["Minibuses pick people up at four in the morning and bring them back after nine.",
              "Eleven share a three-bedroom house and pay seventy pounds a week each to the gangmaster.",
              "They have to pay the man back for the coach and the 'papers'.",
              "One was told that he would be put out on the street if he went to a doctor."]),
    "care home": dict(
        towns=["Sunderland"] * 3 + ["Wakefield"] * 2 + ["Leicester", "Cardiff", "Belfast"],
        origins=["IN", "ZW", "PH", "NG"], months=range(1, 13),
        premises=["Rowan Bank care home", "Heather Lodge", "Quiet Meadow home care"],
        said=["Carers work sixteen-hour days and owe the agency for their sponsorship.",
              "She paid nine thousand pounds for a certificate that should have cost nothing.",
              "The agency says that it will cancel their visas if they complain.",
              "Three carers share a room above the office; rent is taken before they are paid."]),
    "house": dict(
        towns=["London"] * 2 + ["Slough", "Manchester"], origins=["NG", "PH"], months=range(1, 13),
        premises=["a private house"],
        said=["She minds three children and cleans for two families, and is never seen alone.",
              "She has had no wages since she came and does not have her passport.",
              "She sleeps on the kitchen floor."]),
}
CONTROLS = [
    "debt bondage", "takes earnings", "holds documents", "tied housing", "threats", "long hours", "false promises"]
INDICATORS = [
    "lives on site", "fearful", "spoken for", "taken in groups", "no protective clothing", "cash only", "unpaid"]
COLUMNS = ["ref", "seen", "reported", "trade", "title", "account", "short_version", "premises", "town", "county",
    "country",
           "lat", "lon", "recruited_in", "possible_victims", "ages", "nationality", "language", "control", "signs",
           "phone", "vehicle", "wages_paid_into", "wage", "how_reported", "still_going_on", "caller", "caller_phone",
           "sharing", "grade", "conditions", "purposes", "share_with", "status", "data"]

rng = random.Random(SEED)


def phone():
    return "07700 900%03d" % rng.randrange(1000)


def plate():
    return "%s%02d %s" % (rng.choice(["QI", "IQ", "ZI"]), rng.randrange(51, 75),
        "".join(rng.choice("XZQ") for _ in range(3)))


def iban(number):
    """A GB IBAN with a right check sum and a bank, ZZZZ, that does not exist."""
    bban = "ZZZZ999999%08d" % number
    digits = "".join(str(int(c, 36)) for c in bban + "GB00")
    return "GB%02d%s" % (98 - int(digits) % 97, bban)


def day(trade):
    """More in the trade's season; the growing trade twice as often in the second year."""
    months = list(TRADES[trade]["months"])
    later = rng.random() < (0.72 if TRADES[trade].get("growing") else 0.5)
    year = FIRST_DAY.year + (1 if later else 0)
    month = rng.choice(months)
    date = datetime.date(year, month, rng.randrange(1, 29))
    return date if date >= FIRST_DAY else date.replace(year=date.year + 1)


def report(number):
    trade = rng.choices(list(TRADES), weights=[50, 30, 26, 40, 22, 10])[0]
    facts = TRADES[trade]
    town = rng.choice(facts["towns"])
    county, lat, lon = TOWNS[town]
    origin = rng.choice(facts["origins"])
    recruited = rng.choice(ORIGINS[origin])
    seen = day(trade)
    told = seen + datetime.timedelta(days=rng.randrange(0, 9))
    sentences = rng.sample(facts["said"], k=min(3, len(facts["said"])))
    count = rng.choice(["3", "4-6", "about 8", "at least 5", "<5", "11", "2"])
    number_called = phone() if rng.random() < 0.35 else ""
    seen_plate = plate() if rng.random() < 0.25 else ""
    premises = rng.choice(facts["premises"])
    people = PEOPLE[origin]
    account = " ".join(["%s, %s." % (premises[0].upper() + premises[1:], town)] + sentences +
                       ["They speak %s among themselves." % LANGUAGES[origin]] +
                       (["A card with the number %s lay on the counter." % number_called] if number_called else []))
    short = "%s workers at a %s in the %s area; signs of %s." % (people, trade, county, rng.choice(["debt and control",
        "no pay", "control and long hours"]))
    sharing = rng.choices(["green", "amber", "amber strict", "red", ""], weights=[30, 45, 10, 8, 7])[0]
    row = {
        "ref": "LC-%04d" % number, "trade": trade, "premises": premises,
        "town": town, "county": county, "country": "GB",
        "seen": seen.strftime("%d/%m/%Y"), "reported": told.strftime("%d/%m/%Y"),
        "title": "%s workers possibly exploited at a %s" % (people, trade), "account": account, "short_version": short,
        "lat": "%.5f" % (lat + rng.gauss(0, 0.012)), "lon": "%.5f" % (lon + rng.gauss(0, 0.018)),
        "recruited_in": "|%s|%s|%s" % (recruited[0], recruited[1], origin) if rng.random() < 0.6 else "",
        "possible_victims": count, "ages": rng.choice(["", "20-30", "17", "about 25", "35-50"]),
        "nationality": origin, "language": LANGUAGES[origin],
        "control": ",".join(rng.sample(CONTROLS, k=2)), "signs": ",".join(rng.sample(INDICATORS, k=2)),
        "phone": number_called, "vehicle": seen_plate,
        "wages_paid_into": iban(rng.randrange(40)) if trade in ("building site", "farm") and rng.random() < 0.4 else "",
        "wage": rng.choice(["", "", "20 GBP", "0 GBP"]),
        "how_reported": rng.choice(["helpline", "app", "outreach", "in person"]),
        "still_going_on": rng.choice(["yes", "yes", "no", "not known"]),
        "caller": rng.choice(["", "", "a neighbour", "a former worker", "a delivery driver", "a regular customer"]),
        "caller_phone": phone() if rng.random() < 0.3 else "",
        "sharing": sharing, "grade": rng.choice(["2CP", "1BP", "2DP", "2CP"]), "conditions": "",
        "purposes": rng.choice(["prevention,safeguarding", "prevention", "safeguarding"]),
        "share_with": "northfield-police" if sharing == "red" else "", "status": "checked", "data": "invented",
    }
    if sharing == "amber" and rng.random() < 0.2:  # handling code C: lawful sharing with conditions, which are stated
        row.update(grade=row["grade"][:2] + "C", conditions="sector:police")
    return row


def community_reports():
    rows = [report(number) for number in range(1, 177)]
    # One whose every part the story can point at.
    rows[146].update({
        "trade": "building site", "title": "Men on a building site paid into one account that is not theirs",
        "account": "Tallow Wharf site, London. A gang of nine men is dropped off at six; their foreman keeps their "
                   "cards in his jacket. Their wages go to one account which is not theirs. They were recruited in "
                   "Shkodër and came by lorry through Rotterdam. The foreman's number is on the hoarding: "
                   "07700 900147.",
        "short_version": "Nine Albanian men on a building site in London; wages go to an account that is not theirs.",
        "premises": "Tallow Wharf site", "town": "London", "county": "Greater London",
        "lat": "51.50740", "lon": "-0.02360", "recruited_in": "|Shkodër|Shkodër|AL", "possible_victims": "9",
        "nationality": "AL", "language": "Albanian", "ages": "20-40", "control": "takes earnings,holds documents",
        "signs": "taken in groups,unpaid", "phone": "07700 900147", "vehicle": "QI62 XZQ", "wages_paid_into": iban(7),
        "wage": "20 GBP", "how_reported": "helpline", "still_going_on": "yes", "seen": "14/01/2026",
        "reported": "15/01/2026", "caller": "a carpenter on the same site", "caller_phone": "07700 900961",
        "sharing": "amber", "grade": "1BP", "conditions": "", "purposes": "prevention,safeguarding", "share_with": ""})
    rows[12]["status"] = "withdrawn"  # the mapping leaves these out
    rows[98]["status"] = "withdrawn"
    # Three that an import must refuse, each for another reason.
    rows.append(dict(report(177), seen="31/02/2026"))
    rows.append(dict(report(178), trade="circus"))
    rows.append(dict(report(179), lat="153.2"))
    with open(HERE / "charity" / "community-reports.csv", "w", newline="", encoding="utf-8") as out:
        writer = csv.DictWriter(out, fieldnames=COLUMNS)
        writer.writeheader()
        writer.writerows(rows)


# --- The bank's bundle ------------------------------------------------------------------------------------------------

BUNDLE = uuid.UUID("5f1d7c1e-9a54-5c0b-8f39-3f6b1a6d2c11")
START = datetime.date(2025, 1, 6)
BANK = "Meridian Union Bank (invented)"
FIRMS = ["Comet Valeting Group", "Drove Labour Supply", "Kestrel Forecourts", "Lotus Beauty Supply",
         "Tallow Groundworks", "Heather Care Staffing"]
HOLDERS = ["Adrian Example", "Bianca Sample", "Cam Specimen", "Dritan Placeholder", "Efe Nobody", "Florin Imaginary",
           "Gintaras Fictional", "Hoa Invented", "Ivana Madeup", "Jetmir Pretend"]
TYPOLOGIES = ["funnel", "shared-control", "pass-through", "payroll-anomaly", "structuring", "wage-deductions",
              "remittance-corridor"]
FLAGS = ["HT-T-001", "HT-T-007", "HT-T-008", "HT-T-009", "HT-T-010", "HT-T-003", "HT-T-018"]
CORRIDORS = ["RO", "AL", "VN", "NG", "LT"]
ALERT_TOWNS = ["Birmingham", "Wolverhampton", "Leeds", "Boston", "London", "Sunderland"]


def stix_id(kind, key):
    return "%s--%s" % (kind, uuid.uuid5(BUNDLE, kind + " " + key))


def instant(date):
    return "%sT09:00:00.000Z" % date.isoformat()


def stix(kind, key, date, tlp, **properties):
    thing = {"type": kind, "spec_version": "2.1", "id": stix_id(kind, key)}
    if kind not in ("url", "email-addr", "user-account"):  # observables have no dates
        thing.update(created=instant(date), modified=instant(date))
    thing.update(properties)
    thing["object_marking_refs"] = [TLP[tlp]]
    return thing


def own(fields, purposes=("financial-crime", "prevention"), **members):
    """Our extension, with what STIX has no property for."""
    extension = {"extension_type": "property-extension", "fields": fields,
                 "handling": {"grade": "1AP", "purposes": list(purposes), "onward": "no",
                              "legal_basis": ["gdpr-6-1-f", "dpa-2018-sch1-14"]}}
    extension.update(members)
    return {EXTENSION: extension}


def fields_of(thing):
    return thing["extensions"][EXTENSION]["fields"]


def mark(thing, tlp, selector):
    """Marks one part of the object more strictly than the rest."""
    thing["granular_markings"] = [{"marking_ref": TLP[tlp], "selectors": [selector]}]


def firm(i, name):
    town = ALERT_TOWNS[i]
    return stix("identity", name, START, "AMBER", name=name + " Ltd (invented)", identity_class="organization",
                extensions=own({"sector": "business.employer", "address": "|%s|%s|GB" % (town, TOWNS[town][0]),
                                "wage_bill": "%d GBP" % (1200 * (i + 1)), "turnover": "%d GBP" % (310000 + 47000 * i)}))


def person(i, name):
    thing = stix("identity", name, START, "AMBER", name=name, identity_class="individual",
                 extensions=own({"subject_categories": "undetermined", "nationalities": CORRIDORS[i % 5],
                                 "identifiers": "customer:MU-%05d" % (40210 + i)}))
    mark(thing, "AMBER+STRICT", "name")
    return thing


def account(i, holder):
    number = iban(i)
    personal = holder["identity_class"] == "individual"
    thing = stix("x-tidegate-account", number, START + datetime.timedelta(days=9 * i), "AMBER", extensions=own({
        "number": "iban:" + number, "account_type": "current" if personal else "business", "status": "active",
        "role": ["funnel", "undetermined", "mule", "undetermined"][i % 4], "holder": holder["name"],
        "holder_is_business": "no" if personal else "yes", "institution": BANK, "country": "GB", "currency": "GBP",
        "opened": "20%02d-%02d" % (19 + i % 6, 1 + i % 12), "balance": "%d GBP" % (140 + 731 * i)}, kind="account"))
    if i % 5 == 2:
        mark(thing, "AMBER+STRICT", "extensions.%s.fields.number" % EXTENSION)
    return thing


def phone_line(i):
    return stix("x-tidegate-phone", str(i), START, "AMBER", extensions=own({
        "number": "phone:+447700900%03d" % (140 + 7 * i), "phone_type": "mobile", "account_count": str(2 + i),
        "country": "GB"}, kind="phone"))


def van(i):
    return stix("x-tidegate-vehicle", str(i), START, "AMBER", extensions=own({
        "registration": "plate:QI6%d XZQ" % i, "vehicle_type": "van", "colour": ["white", "grey", "blue"][i],
        "country": "GB"}, kind="vehicle"))


def cash_machines(town):
    county, lat, lon = TOWNS[town]
    return stix("location", town, START, "GREEN", name="Cash machines, %s centre" % town, country="GB", city=town,
                administrative_area=county, latitude=lat, longitude=lon,
                extensions=own({"place_type": "bank-branch", "roles": "meeting"}))


def online_things():
    return [
        stix("url", "1", START, "GREEN", value="https://jobs.bright-comet.example/vacancies",
             extensions=own({"title": "Job advert that promises housing and papers", "online_type": "job-advert"})),
        stix("email-addr", "1", START, "AMBER", value="recruiting@drove-labour.example",
             extensions=own({"online_type": "email"})),
        stix("user-account", "1", START, "AMBER", account_login="work_in_uk_fast", account_type="facebook",
             display_name="Work in the UK (invented)", extensions=own({"online_type": "handle"})),
    ]


def alert(i, subject, holder):
    date = START + datetime.timedelta(days=23 * i + rng.randrange(9))
    month_before = date - datetime.timedelta(days=30)
    county, lat, lon = TOWNS[ALERT_TOWNS[i % 6]]
    amount = rng.choice([840, 1260, 2900, 4750, 9800, 15300])
    corridor = CORRIDORS[i % 5]
    number = fields_of(subject)["number"]
    fields = {
        "alert_type": "transaction-monitoring", "urgency": "high" if i % 6 == 0 else "routine",
        "requested_actions": "check", "source_channel": "bank-monitoring", "accounts": number,
        "typologies": TYPOLOGIES[i % 7], "red_flags": FLAGS[i % 7], "exploitation": "labour",
        "amount": "%d GBP" % amount, "transaction_count": str(4 + i), "countries": ["GB", corridor],
        "place": {"locality": ALERT_TOWNS[i % 6], "region": county, "country": "GB", "latitude": lat, "longitude": lon},
        "observed": "%s..%s" % (month_before.isoformat(), date.isoformat()),
        "subject_categories": "undetermined", "persons_named": holder["name"],
        "narrative.heading": "Wages of several people in one account",
        "narrative.sanitised": "Wages of several people reach one account in %s and leave it within a day." % county}
    return stix(
        "incident", "alert %d" % i, date, ["AMBER", "AMBER", "GREEN"][i % 3], confidence=[40, 60, 85][i % 3],
        name="Wages of several people paid into one account, %s" % county,
        description="Account %s received %d credits marked as wages from different employers within thirty days; "
                    "%d pounds left it for %s within a day of each." % (number.split(":")[1], 4 + i, amount, corridor),
        extensions=own(fields, purposes=("financial-crime", "prevention", "safeguarding")))


def special_cases(alerts):
    """What a policy must tell apart."""
    fields_of(alerts[4]).update(source_channel="bank-staff", informant="Branch staff; the number is kept by the bank")
    alerts[7]["object_marking_refs"].append(TLP["AMBER+STRICT"])  # contradicts the other marking: the stricter holds
    alerts[11]["object_marking_refs"] = [TLP["RED"]]  # made from a suspicious-activity report: to named police only
    fields_of(alerts[11])["tags"] = "sar"
    alerts[11]["extensions"][EXTENSION].update(recipients=["northfield-police"], tags=["sar"])
    del alerts[15]["object_marking_refs"]  # nobody marked it: counts as TLP:RED


def journeys():
    legs = [("Bacău", "Bacău", "RO", "Wolverhampton", "West Midlands", "GB", "van"),
            ("Shkodër", "Shkodër", "AL", "London", "Greater London", "GB", "truck"),
            ("Vinh", "Nghệ An", "VN", "Rotterdam", "South Holland", "NL", "truck"),
            ("Panevėžys", "Panevėžys County", "LT", "Boston", "Lincolnshire", "GB", "bus")]
    return [stix("x-tidegate-movement", str(i), START, "GREEN", extensions=own({
        "journey": "Corridor %d" % (i + 1), "sequence": "1", "phase": "transit", "from": "|%s|%s|%s" % leg[0:3],
        "to": "|%s|%s|%s" % leg[3:6], "mode": leg[6], "time": "2025-%02d" % (2 + i), "head_count": str(3 + 2 * i),
        "fare": "%d EUR" % (1800 + 900 * i), "exploitation": "labour", "confidence": "likely"}, kind="movement"))
        for i, leg in enumerate(legs)]


def texts(alerts, accounts, places):
    return [
        stix("report", "typology", START, "GREEN", name="Wages paid into shared accounts: what to look for",
             published=instant(START), report_types=["threat-report"],
             object_refs=[alerts[0]["id"], accounts[0]["id"], places[0]["id"]],
             description="Across eighteen alerts the same pattern returns: wages of people who do not know each other "
                         "reach one account.",
             extensions=own({"report_type": "assessment", "exploitation": "labour"})),
        stix("note", "follow up", START, "AMBER", abstract="What the branches saw", object_refs=[alerts[4]["id"]],
             content="A third party spoke for the customer and kept the card. Two branches saw the same man.",
             extensions=own({"report_type": "second-hand"})),
    ]


def kept_whole(alerts):
    """Objects of types that Tidegate has no kind for yet."""
    return [
        stix("grouping", "case", START, "AMBER", name="Case 2025-17", context="suspicious-activity",
             object_refs=[alerts[0]["id"], alerts[1]["id"]]),
        stix("course-of-action", "training", START, "GREEN", name="Brief branch staff",
             description="Ten minutes before opening, with the leaflet."),
        stix("x-meridian-ledger-rule", "rule", START, "AMBER", version=7,
             rule="wages>=3 and employers>=3 and out<=24h"),
    ]


def bank_bundle():
    bank = stix("identity", "bank", START, "GREEN", name=BANK, identity_class="organization", sectors=["bank"],
                extensions=own({"sector": "bank"}))
    firms = [firm(i, name) for i, name in enumerate(FIRMS)]
    people = [person(i, name) for i, name in enumerate(HOLDERS)]
    holders = people + firms[:4]
    accounts = [account(i, holder) for i, holder in enumerate(holders)]
    phones = [phone_line(i) for i in range(6)]
    vans = [van(i) for i in range(3)]
    places = [cash_machines(town) for town in ("Birmingham", "Leeds", "Boston", "London")]
    online = online_things()
    alerts = [alert(i, accounts[i % 14], people[i % 10]) for i in range(18)]
    special_cases(alerts)
    links = [("holder-of", holder, held) for holder, held in zip(holders, accounts)]
    links += [("user-of", people[i], line) for i, line in enumerate(phones)]
    links += [("registered-to", thing, firms[i]) for i, thing in enumerate(vans)]
    links += [("located-at", accounts[0], places[0]), ("advertises", firms[0], online[0]),
              ("uses", firms[1], online[1]), ("uses", people[5], online[2])]
    links += [("related-to", thing, accounts[i % 14]) for i, thing in enumerate(alerts)]
    objects = ([bank] + firms + people + accounts + phones + vans + places + online + alerts + journeys() +
               texts(alerts, accounts, places) + kept_whole(alerts))
    objects += [stix("relationship", verb + source["id"] + target["id"], START, "AMBER", relationship_type=verb,
                     source_ref=source["id"], target_ref=target["id"], extensions=own({}))
                for verb, source, target in links]
    # A statement as a marking; it asks for nothing but to be kept.
    statement = {"type": "marking-definition", "spec_version": "2.1", "created": instant(START),
                 "id": stix_id("marking-definition", "invented"), "definition_type": "statement",
                 "definition": {"statement": "Invented data for a demonstration; describes nobody"}}
    bank["object_marking_refs"].append(statement["id"])
    objects.append(statement)
    bundle = {"type": "bundle", "id": "bundle--" + str(uuid.uuid5(BUNDLE, "bundle")),
              "x_about": "Invented sample data: nobody and no company in it exists.", "objects": objects}
    with open(HERE / "bank" / "alerts.stix.json", "w", encoding="utf-8") as out:
        json.dump(bundle, out, ensure_ascii=False, indent=1)
        out.write("\n")


if __name__ == "__main__":
    community_reports()
    bank_bundle()
