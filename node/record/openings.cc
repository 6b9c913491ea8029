#include "node/record/openings.h"

#include <algorithm>

#include "node/record/view.h"

namespace tidegate::record {

Openings OpeningsOf(const View& view) {
  Openings openings;
  openings.reserve(view.opened.size());
  for (const Opened& opened : view.opened) openings.push_back({opened.slot, opened.rung});
  return openings;
}

Openings OpeningsOf(std::span<const int8_t> finest) {
  Openings openings;
  for (size_t slot = 0; slot < finest.size(); ++slot) {
    if (finest[slot] >= 0) openings.push_back({static_cast<uint16_t>(slot), static_cast<uint8_t>(finest[slot])});
  }
  return openings;
}

Openings Merged(const Openings& a, const Openings& b) {
  Openings merged;
  merged.reserve(std::max(a.size(), b.size()));
  auto left = a.begin(), right = b.begin();
  while (left != a.end() || right != b.end()) {
    if (right == b.end() || (left != a.end() && left->slot < right->slot)) {
      merged.push_back(*left++);
    } else if (left == a.end() || right->slot < left->slot) {
      merged.push_back(*right++);
    } else {
      merged.push_back(std::min(*left++, *right++));
    }
  }
  return merged;
}

Openings Limited(const Openings& held, const Openings& limit) {
  Openings limited;
  auto may = limit.begin();
  for (const SlotRung& opening : held) {
    while (may != limit.end() && may->slot < opening.slot) ++may;
    if (may != limit.end() && may->slot == opening.slot) limited.push_back(std::max(opening, *may));
  }
  return limited;
}

}  // namespace tidegate::record
