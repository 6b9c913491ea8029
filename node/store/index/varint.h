// Numbers of few bytes, as all layouts of the store write them. Reached by index.h; FORMAT.md, "Conventions".
#ifndef TIDEGATE_NODE_STORE_INDEX_VARINT_H_
#define TIDEGATE_NODE_STORE_INDEX_VARINT_H_

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace tidegate::index {

// Unsigned LEB128, shortest form only.
void PutVarint(uint64_t value, std::string& out);
// False when the bytes end early or are not in shortest form.
bool TakeVarint(std::string_view& bytes, uint64_t& value);
// How many bytes PutVarint writes.
size_t VarintBytes(uint64_t value);

}  // namespace tidegate::index

#endif  // TIDEGATE_NODE_STORE_INDEX_VARINT_H_
