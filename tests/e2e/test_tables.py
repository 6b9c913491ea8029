"""Spreadsheets as people have them, imported by the real command and its confined reader, and mappings that the node
proposes."""
import json
import sys
import zipfile

from support import main, serving

MAIN = 'xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"'
LINKS = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
PACKAGE = "http://schemas.openxmlformats.org/package/2006/relationships"


def cell(value):
    """A text, a number, or (serial, style) for a date."""
    if isinstance(value, tuple):
        return f'<c s="{value[1]}"><v>{value[0]}</v></c>'
    if isinstance(value, (int, float)):
        return f"<c><v>{value}</v></c>"
    return f'<c t="inlineStr"><is><t>{value}</t></is></c>' if value else "<c/>"


def write_xlsx(path, sheets, extra=b""):
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("_rels/.rels", f'<Relationships xmlns="{PACKAGE}"><Relationship Id="r1" '
                         f'Type="{LINKS}/officeDocument" Target="xl/workbook.xml"/></Relationships>')
        names = "".join(f'<sheet name="{name}" sheetId="{i}" r:id="r{i}"/>' for i, name in enumerate(sheets, 1))
        archive.writestr("xl/workbook.xml", f'<workbook {MAIN} xmlns:r="{LINKS}"><sheets>{names}</sheets></workbook>')
        links = "".join(f'<Relationship Id="r{i}" Type="{LINKS}/worksheet" Target="worksheets/s{i}.xml"/>'
                        for i in range(1, len(sheets) + 1))
        archive.writestr("xl/_rels/workbook.xml.rels", f'<Relationships xmlns="{PACKAGE}">{links}<Relationship Id="st" '
                         f'Type="{LINKS}/styles" Target="styles.xml"/></Relationships>')
        archive.writestr("xl/styles.xml", f'<styleSheet {MAIN}><cellXfs><xf numFmtId="0"/><xf numFmtId="14"/></cellXfs>'
                         '</styleSheet>')
        for i, rows in enumerate(sheets.values(), 1):
            data = "".join(f"<row>{''.join(map(cell, row))}</row>" for row in rows)
            archive.writestr(f"xl/worksheets/s{i}.xml", f"<worksheet {MAIN}><sheetData>{data}</sheetData></worksheet>"
                             .encode() + extra)


def write_ods(path, rows):
    base = "urn:oasis:names:tc:opendocument:xmlns:"
    data = "".join("<t:table-row>" + "".join(f'<t:table-cell o:value-type="string"><x:p>{value}</x:p></t:table-cell>'
                                             for value in row) + "</t:table-row>" for row in rows)
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("mimetype", "application/vnd.oasis.opendocument.spreadsheet")
        archive.writestr("content.xml", f'<o:document-content xmlns:o="{base}office:1.0" xmlns:t="{base}table:1.0" '
                         f'xmlns:x="{base}text:1.0"><o:body><o:spreadsheet><t:table t:name="S">{data}</t:table>'
                         "</o:spreadsheet></o:body></o:document-content>")


HEADER = ["Case ref", "Summary", "Date seen", "Town", "Country", "Sharing"]
ROWS = [["Q-1", "Men sleep in a container yard", (46085, 1), "Leith", "GB", "Amber"],
        ["Q-2", "Passports kept by the foreman", (46086, 1), "Leith", "GB", "Green"],
        ["Q-3", "A van at the fish market", (46092, 1), "Granton", "GB", "Amber"]]
MAPPING = """kind = "report"
source = "quay"
identity = ["Case ref"]
[columns]
"Case ref" = { to = "report.external_id", scheme = "case" }
Summary = "report.title"
"Date seen" = "report.observed"
Sharing = "handling.tlp"
[places."report.place"]
locality = "Town"
country = "Country"
"""


def imported(node, *arguments):
    result = node.run("import", *arguments, "--json")
    lines = result.stdout.strip().splitlines()
    return result, json.loads(lines[-1]) if lines and lines[-1].startswith("{") else {}


def tell(checks, build, folder, nodes):
    node, = serving(build, folder, nodes, ("quayside", "the quay mission", "ngo"))
    sheets(checks, node, folder)
    proposals(checks, node, folder)
    rows_that_name_rows(checks, node, folder)


def sheets(checks, node, folder):
    mapping = folder / "quay.toml"
    mapping.write_text(MAPPING)

    sheet = folder / "quay.xlsx"
    write_xlsx(sheet, {"Read me": [["About this file"]], "Cases": [["Weekly list of the quay mission"], HEADER, *ROWS]})
    result, told = imported(node, "--mapping", mapping, sheet)
    checks.check("an XLSX sheet with a banner and other sheets is imported as it is",
                 (told.get("stored"), told.get("rejected")) == (3, 0), result.stdout + result.stderr)
    shown = node.ask("find", "--reason", "test", "--kind", "report", "--limit", 10)["records"]
    checks.check("its dates are dates", any("2026-03-04" in json.dumps(record) for record in shown), str(shown)[:800])
    _, told = imported(node, "--mapping", mapping, sheet)
    checks.check("a second time nothing changes", told.get("unchanged") == 3, str(told))

    ods = folder / "quay.ods"
    write_ods(ods, [HEADER, *[[row[0], row[1], "2026-03-04", *row[3:]] for row in ROWS]])
    _, told = imported(node, "--mapping", mapping, "--dry-run", ods)
    checks.check("an ODS sheet has the same rows", (told.get("rejected"), told.get("unchanged")) == (0, 1), str(told))

    bad = folder / "faulty.xlsx"
    write_xlsx(bad, {"Cases": [HEADER, ["Q-9", "No such day", "the day before", "Leith", "GB", "Amber"]]})
    _, told = imported(node, "--mapping", mapping, bad)
    rejects = folder / "faulty.xlsx.rejects.csv"
    checks.check("a refused row of a sheet lies in a CSV to be corrected",
                 told.get("rejected") == 1 and rejects.read_text().startswith("Case ref,Summary,Date seen,"), str(told))
    rejects.write_text(rejects.read_text().replace("the day before", "2026-03-04"))
    _, told = imported(node, "--mapping", mapping, rejects)
    checks.check("which is imported once it is corrected", told.get("stored") == 1, str(told))

    bomb = folder / "bomb.xlsx"
    write_xlsx(bomb, {"Cases": [HEADER]}, b" " * (1 << 20) * 1025)
    result, _ = imported(node, "--mapping", mapping, bomb)
    checks.check("a file that unpacks without end is refused, and the node goes on",
                 result.returncode == 2 and "has markup of more than 1 MiB" in result.stderr + result.stdout
                 and node.run("status").returncode == 0, result.stderr + result.stdout)
    old = folder / "old.xls"
    old.write_bytes(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600))
    result, _ = imported(node, "--mapping", mapping, old)
    checks.check("an old .xls says what to do", "save it as .xlsx" in result.stderr + result.stdout, result.stderr)


def counts_of(node, *arguments):
    """The last line of an import, without the file's name."""
    return node.run("import", *arguments).stdout.strip().splitlines()[-1].split(": ", 1)[1]


def rows_that_name_rows(checks, node, folder):
    """A column names other rows: the row that comes later, the row of a file that comes later, and itself."""
    mapping, table, more = folder / "see.toml", folder / "see.csv", folder / "see2.csv"
    mapping.write_text('kind = "report"\nsource = "see"\nidentity = ["no"]\n[columns]\nno = { to = "report.external_id", scheme = "case" }\n'
                       'what = "report.title"\n[constants]\n"handling.tlp" = "GREEN"\n[[link]]\nfrom = "report"\nverb = "related-to"\n'
                       'to = "report"\ncolumn = "see"\n')
    table.write_text("no,what,see\nS-1,A van,S-2\nS-2,A bus,S-1;S-2\nS-3,A car,S-9\n")
    told = counts_of(node, "--mapping", mapping, "--dry-run", table)
    checks.check("links to rows that come later are foreseen", told.startswith(
        "6 would be stored, 0 would be amended, 0 held already, 0 rejected"), told)
    told = counts_of(node, "--mapping", mapping, table)
    checks.check("and stored, one without the row that no file has brought", told ==
                 "6 stored, 0 amended, 0 held already, 0 rejected, 1 without an end", told)
    told = counts_of(node, "--mapping", mapping, table)
    checks.check("the second time nothing is", told == "0 stored, 0 amended, 6 held already, 0 rejected", told)
    more.write_text("no,what,see\nS-9,A cab,\n")
    told = counts_of(node, "--mapping", mapping, more)
    checks.check("another file brings that row", told == "1 stored, 1 amended, 0 held already, 0 rejected", told)
    told = counts_of(node, "--mapping", mapping, table)
    checks.check("and the first file is no news", told == "0 stored, 0 amended, 6 held already, 0 rejected", told)


def proposals(checks, node, folder):
    sheet = folder / "quay.xlsx"
    proposal = node.run("mapping", "suggest", sheet, "--kind", "report")
    (folder / "proposed.toml").write_text(proposal.stdout)
    checks.check("a mapping proposes itself", proposal.returncode == 0 and '"report.external_id"' in proposal.stdout
                 and 'sheet = "Cases"' in proposal.stdout and "header_row = 2" in proposal.stdout,
                 proposal.stdout + proposal.stderr)
    checked = node.run("mapping", "check", folder / "proposed.toml", sheet)
    checks.check("what it proposes is accepted and takes every row",
                 checked.returncode == 0 and "3 rows would be records, 0 would be rejected" in checked.stdout,
                 checked.stdout + checked.stderr)
    result, told = imported(node, "--mapping", folder / "proposed.toml", "--source", "another", sheet)
    checks.check("also by the import", (told.get("stored"), told.get("rejected")) == (3, 0), result.stdout + result.stderr)
    harbour = folder / "hafen.csv"
    harbour.write_bytes("Hafenmission;;;;;\n;;;;;\nAktenzeichen;Betreff;Tatzeit;Staatsangehörigkeit;Betrag (EUR);Handy\n"
                        "H-1;Lagerhalle;24.03.2026;rumänisch;1.234,50;0151 23456789\nH-2;Kutter;März 2026;Vietnam;60,00;\n"
                        "H-3;Werft;46085;Ukraine;;+49 151 23456788\nSumme;;;;1.294,50;\n".encode("cp1252"))
    proposal = node.run("mapping", "suggest", harbour, "--kind", "report", "--country", "DE")
    (folder / "hafen.toml").write_text(proposal.stdout)
    checked = node.run("mapping", "check", folder / "hafen.toml", harbour, "--country", "DE")
    _, told = imported(node, "--dry-run", "--mapping", folder / "hafen.toml", "--set", "tlp=AMBER", harbour)
    checks.check("a German table with a banner, totals, three forms of dates and decimal commas goes through as it is proposed",
                 checked.returncode == 0 and (told.get("stored"), told.get("rejected"), told.get("skipped")) == (3, 0, 1),
                 proposal.stdout + checked.stderr + str(told)[:600])
    (folder / "wrong.toml").write_text(MAPPING.replace("report.title", "report.titel"))
    result = node.run("mapping", "check", folder / "wrong.toml")
    checks.check("a wrong mapping is told with its line and the nearest word",
                 result.returncode == 2 and "line 6" in result.stderr and "title" in result.stderr, result.stderr)


if __name__ == "__main__":
    sys.exit(main(tell))
