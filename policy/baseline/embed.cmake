# tidegate_embed_baseline(OUT): writes OUT, a C++ file that holds baseline/*.cedar and the schema as constant text.
# Runs at configure time; a change of any of the files configures again.
function(tidegate_embed_baseline out)
  set(folder ${CMAKE_CURRENT_FUNCTION_LIST_DIR})
  file(GLOB files CONFIGURE_DEPENDS RELATIVE ${folder} ${folder}/*.cedar)
  list(SORT files)
  set(entries "")
  foreach(file ${files})
    file(READ ${folder}/${file} text)
    string(APPEND entries "    {\"baseline/${file}\", R\"cedar(${text})cedar\"},\n")
    set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${folder}/${file})
  endforeach()
  file(READ ${folder}/tidegate.cedarschema schema)
  set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${folder}/tidegate.cedarschema)
  file(CONFIGURE OUTPUT ${out} @ONLY CONTENT [==[
// Written by baseline/embed.cmake from the files beside it.
#include "policy/baseline/baseline.h"

namespace tidegate::policy {
namespace {

constexpr BaselineFile kPolicies[] = {
@entries@};
constexpr BaselineFile kSchema = {"baseline/tidegate.cedarschema", R"cedar(@schema@)cedar"};

}  // namespace

std::span<const BaselineFile> BaselinePolicies() { return kPolicies; }
const BaselineFile& BaselineSchema() { return kSchema; }

}  // namespace tidegate::policy
]==])
endfunction()
