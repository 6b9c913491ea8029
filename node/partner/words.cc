#include "node/partner/words.h"

#include <array>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "crypto/secret.h"

namespace tidegate::partner {
namespace {

// Plain English nouns, each known by its first four letters, none sounding like another.
constexpr std::array<std::string_view, kWordCount> kWords = {
    "acorn",   "actor",   "album",   "alley",   "almond",  "amber",   "anchor",  "ankle",   "antler",  "apple",
    "apron",   "arbor",   "arch",    "armour",  "arrow",   "atlas",   "attic",   "author",  "autumn",  "avenue",
    "badge",   "bagel",   "bakery",  "ballad",  "bamboo",  "banana",  "banjo",   "barley",  "barn",    "barrel",
    "basil",   "basket",  "bath",    "beacon",  "beaver",  "beetle",  "bell",    "bench",   "berry",   "bicycle",
    "bishop",  "board",   "bonnet",  "book",    "border",  "bottle",  "branch",  "brass",   "bread",   "brick",
    "bridge",  "bronze",  "broom",   "brush",   "bubble",  "bucket",  "bugle",   "bundle",  "bunker",  "butter",
    "cabin",   "cactus",  "cake",    "camel",   "canal",   "candle",  "canoe",   "canvas",  "canyon",  "caravan",
    "carpet",  "carrot",  "cartoon", "castle",  "cattle",  "cavern",  "cedar",   "cellar",  "cement",  "ceramic",
    "chalk",   "chapel",  "cheese",  "cherry",  "chicken", "chimney", "chisel",  "choir",   "cinema",  "circus",
    "cliff",   "clock",   "clover",  "coach",   "cobalt",  "cobweb",  "coffee",  "comet",   "copper",  "coral",
    "corner",  "cottage", "cousin",  "cradle",  "crayon",  "cricket", "crown",   "crumb",   "crystal", "cushion",
    "cymbal",  "dairy",   "daisy",   "dancer",  "dawn",    "deer",    "denim",   "desert",  "diary",   "dinner",
    "doctor",  "donkey",  "doorway", "dragon",  "drawer",  "dresser", "drum",    "duchess", "duck",    "dust",
    "eagle",   "easel",   "echo",    "eclipse", "elbow",   "emerald", "engine",  "fabric",  "factory", "falcon",
    "family",  "farmer",  "feather", "fence",   "ferry",   "finger",  "flask",   "flute",   "folder",  "forest",
    "fork",    "fossil",  "fox",     "freckle", "friend",  "frog",    "frost",   "gadget",  "gallery", "garden",
    "garlic",  "gate",    "gazelle", "gecko",   "geyser",  "giant",   "ginger",  "giraffe", "glove",   "goblet",
    "gondola", "goose",   "grape",   "gravel",  "grove",   "guitar",  "gull",    "gutter",  "hammer",  "handle",
    "harbour", "harness", "hatchet", "hazel",   "hedge",   "helmet",  "heron",   "hinge",   "hockey",  "holiday",
    "honey",   "horizon", "hornet",  "horse",   "hotel",   "hound",   "house",   "hurdle",  "husband", "iceberg",
    "icicle",  "igloo",   "indigo",  "insect",  "invoice", "island",  "ivory",   "jacket",  "jaguar",  "jasmine",
    "jelly",   "jersey",  "jewel",   "jigsaw",  "jockey",  "judge",   "juggler", "juice",   "jungle",  "juniper",
    "kayak",   "kennel",  "kettle",  "kingdom", "kiosk",   "kite",    "kitten",  "knee",    "knuckle", "koala",
    "label",   "ladder",  "lagoon",  "lantern", "larder",  "lasso",   "lattice", "lawyer",  "leather", "lemon",
    "lentil",  "letter",  "library", "lilac",   "lily",    "limpet",  "linen",   "lion",    "liquid",  "lizard",
    "locket",  "lodge",   "lotus",   "lumber",  "lunch",   "lyric",   "magnet",  "mallet",  "mango",   "mansion",
    "maple",   "marble",  "margin",  "market",  "meadow",  "medal",   "melon",   "mercury", "mermaid", "meteor",
    "mirror",  "mitten",  "monkey",  "moose",   "morning", "mosaic",  "mother",  "motor",   "mouse",   "muffin",
    "museum",  "nail",    "napkin",  "neck",    "needle",  "nephew",  "nest",    "nettle",  "nickel",  "night",
    "noodle",  "north",   "nostril", "nursery", "nutmeg",  "oasis",   "ocean",   "office",  "olive",   "onion",
    "opera",   "orbit",   "orchard", "organ",   "otter",   "oven",    "owl",     "oxygen",  "oyster",  "paddle",
    "palace",  "pancake", "paper",   "parade",  "parcel",  "parsley", "pasture", "patio",   "peach",   "peanut",
    "pebble",  "pelican", "pencil",  "pepper",  "perfume", "petal",   "piano",   "picnic",  "pigeon",  "pillow",
    "pilot",   "pine",    "pirate",  "planet",  "plaster", "plough",  "plum",    "pocket",  "poem",    "pond",
    "pony",    "poppy",   "porch",   "potato",  "pottery", "prairie", "prince",  "prism",   "puffin",  "pulley",
    "puppet",  "puzzle",  "pyramid", "quarry",  "queen",   "quilt",   "quiver",  "rabbit",  "raccoon", "radish",
    "railway", "raisin",  "ranch",   "rattle",  "raven",   "recipe",  "reef",    "ribbon",  "rice",    "ring",
    "ripple",  "river",   "robin",   "rocket",  "roof",    "rooster", "rose",    "rowboat", "rubber",  "rudder",
    "ruler",   "runway",  "saddle",  "sailor",  "salad",   "salmon",  "sandal",  "satchel", "saucer",  "sausage",
    "sawmill", "scarf",   "school",  "seesaw",  "shadow",  "shelf",   "shield",  "shovel",  "shutter", "sickle",
    "signal",  "silver",  "singer",  "sister",  "sketch",  "smoke",   "snail",   "snow",    "soap",    "sofa",
    "sonnet",  "soup",    "spade",   "spider",  "spinach", "sponge",  "spoon",   "spruce",  "stable",  "statue",
    "stone",   "stork",   "street",  "studio",  "sugar",   "summer",  "sunset",  "supper",  "swan",    "swing",
    "syrup",   "table",   "tailor",  "target",  "tavern",  "teacher", "teapot",  "temple",  "tennis",  "theatre",
    "thimble", "thistle", "thread",  "throne",  "ticket",  "tiger",   "timber",  "tinsel",  "toast",   "toffee",
    "tomato",  "tongue",  "tornado", "tower",   "tractor", "train",   "trolley", "tulip",   "tunnel",  "turkey",
    "turnip",  "turtle",  "tweed",   "uncle",   "unicorn", "uniform", "upland",  "urchin",  "vacuum",  "valley",
    "velvet",  "veranda", "vessel",  "village", "violin",  "visitor", "volcano", "voyage",  "waffle",  "wagon",
    "waiter",  "walnut",  "walrus",  "wasp",    "weasel",  "weaver",  "wedding", "whale",   "wheat",   "whisker",
    "wigwam",  "willow",  "window",  "winter",  "wizard",  "wolf",    "wombat",  "wood",    "wreath",  "wren",
    "wrist",   "yacht",   "yard",    "yeast",   "yellow",  "yodel",   "yogurt",  "zebra",   "zephyr",  "zigzag",
    "zinc",    "zipper",
};

bool SamePrefix(std::string_view word, std::string_view listed) {
  const size_t length = word.size() < kDistinctLetters ? word.size() : kDistinctLetters;
  return word.size() >= kDistinctLetters ? listed.substr(0, length) == word.substr(0, length) : listed == word;
}

const std::string_view* FindWord(std::string_view word) {
  for (const std::string_view& listed : kWords) {
    if (SamePrefix(word, listed)) return &listed;
  }
  return nullptr;
}

}  // namespace

std::string RandomCode() {
  std::array<uint8_t, 2 * kCodeWords> random = crypto::RandomArray<2 * kCodeWords>();
  std::string code;
  for (size_t i = 0; i < kCodeWords; ++i) {
    const size_t index = (random[2 * i] << 8 | random[2 * i + 1]) % kWordCount;  // 512 divides 65,536: no bias
    if (i > 0) code += ' ';
    code += kWords[index];
  }
  crypto::Zeroise(random.data(), random.size());
  return code;
}

absl::StatusOr<std::string> ReadCode(std::string_view spoken) {
  if (spoken.size() > 512) return absl::InvalidArgumentError("partner: the spoken code is too long");
  std::string code;
  size_t count = 0;
  for (size_t at = 0; at < spoken.size();) {
    if (!absl::ascii_isalpha(spoken[at])) {
      ++at;
      continue;
    }
    std::string word;
    while (at < spoken.size() && absl::ascii_isalpha(spoken[at])) word += absl::ascii_tolower(spoken[at++]);
    ++count;
    const std::string_view* listed = FindWord(word);
    if (listed == nullptr) {
      return absl::InvalidArgumentError(
          absl::StrCat("partner: word ", count, " of the spoken code is not a code word; ask for it again"));
    }
    if (count > 1) code += ' ';
    code += *listed;
  }
  if (count != kCodeWords) {
    return absl::InvalidArgumentError(
        absl::StrCat("partner: the spoken code has ", count, " words instead of ", kCodeWords));
  }
  return code;
}

}  // namespace tidegate::partner
