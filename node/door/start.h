// The agreement between the serving process and the program that it starts. Private to this room.
#ifndef TIDEGATE_NODE_DOOR_START_H_
#define TIDEGATE_NODE_DOOR_START_H_

namespace tidegate::door {

inline constexpr char kDoorVerb[] = "door", kDiallerVerb[] = "dialler";
inline constexpr int kChannelFile = 3;
inline constexpr int kListenerFile = 4;

}  // namespace tidegate::door

#endif  // TIDEGATE_NODE_DOOR_START_H_
