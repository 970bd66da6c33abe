#pragma once

#include <nlohmann/json.hpp>

#include "rows.hpp"

/// \file
/// Rows as JSON; what does not apply is null.

namespace nacre::perf {

nlohmann::ordered_json to_json(Row const& row);
/// \throws nlohmann::json::exception if something is missing or of another type
Row row_from_json(nlohmann::ordered_json const& json);

}  // namespace nacre::perf
