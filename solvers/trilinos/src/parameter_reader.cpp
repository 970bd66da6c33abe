#include <nacre/trilinos/parameter_reader.hpp>

#include <Teuchos_XMLParameterListHelpers.hpp>

#include <algorithm>
#include <cctype>
#include <fstream>
#include <numeric>

#include <nacre/core/atomic_file.hpp>

namespace nacre::trilinos {

namespace {

std::string letters_of(std::string const& s) {
  std::string out;
  for (char const c : s)
    if (std::isalnum(static_cast<unsigned char>(c)))
      out += static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  return out;
}

std::size_t edit_distance(std::string const& a, std::string const& b) {
  std::vector<std::size_t> row(b.size() + 1);
  std::iota(row.begin(), row.end(), std::size_t{0});
  for (std::size_t i = 1; i <= a.size(); ++i) {
    std::size_t diagonal = row[0];
    row[0] = i;
    for (std::size_t j = 1; j <= b.size(); ++j) {
      std::size_t const replaced = diagonal + (a[i - 1] == b[j - 1] ? 0 : 1);
      diagonal = row[j];
      row[j] = std::min({replaced, row[j] + 1, row[j - 1] + 1});
    }
  }
  return row.back();
}

char const* type_name(bool const&) { return "a bool"; }
char const* type_name(int const&) { return "an int"; }
char const* type_name(double const&) { return "a double"; }
char const* type_name(std::string const&) { return "a string"; }
char const* type_name(std::vector<double> const&) { return "an Array(double)"; }

std::string join(std::vector<std::string> const& names) {
  std::string all;
  for (auto const& n : names) all += (all.empty() ? "'" : ", '") + n + "'";
  return all;
}

}  // namespace

std::string nearest_name(std::string const& name, std::vector<std::string> const& names) {
  std::string const wanted = letters_of(name);
  std::string best;
  std::size_t least = std::max<std::size_t>(2, wanted.size() / 3) + 1;  // further off is not a misspelling
  for (auto const& candidate : names)
    if (auto const d = edit_distance(wanted, letters_of(candidate)); d < least) {
      least = d;
      best = candidate;
    }
  return best;
}

template <class T>
void ParameterReader::field(std::string const& name, T& value) {
  names_.push_back(name);
  auto const* entry = list_.getEntryPtr(name);
  if (entry == nullptr) return;
  entry->getAny(/*activeQry=*/true);  // marks it as used, for Teuchos' own report of unused ones
  if constexpr (std::is_same_v<T, std::vector<double>>) {
    if (entry->isType<Teuchos::Array<double>>()) {
      value = Teuchos::getValue<Teuchos::Array<double>>(*entry).toVector();
      return;
    }
    if (entry->isType<double>()) {
      value = {Teuchos::getValue<double>(*entry)};
      return;
    }
  }
  if (entry->isType<T>()) {
    value = Teuchos::getValue<T>(*entry);
    return;
  }
  if constexpr (std::is_same_v<T, double>)
    if (entry->isType<int>()) {
      value = Teuchos::getValue<int>(*entry);
      return;
    }
  if constexpr (std::is_same_v<T, std::string>)
    if (entry->isType<char const*>()) {
      value = Teuchos::getValue<char const*>(*entry);
      return;
    }
  fail(cat(what_, ": parameter '", name, "' is ",
           entry->isList() ? "a sublist" : entry->getAny(false).typeName(), " but must be ",
           type_name(value)));
}

template void ParameterReader::field(std::string const&, bool&);
template void ParameterReader::field(std::string const&, int&);
template void ParameterReader::field(std::string const&, double&);
template void ParameterReader::field(std::string const&, std::string&);
template void ParameterReader::field(std::string const&, std::vector<double>&);

Teuchos::ParameterList ParameterReader::sublist(std::string const& name) {
  names_.push_back(name);
  if (!list_.isParameter(name)) return Teuchos::ParameterList(name);
  if (!list_.isSublist(name)) fail(cat(what_, ": parameter '", name, "' must be a sublist"));
  return list_.sublist(name);
}

void ParameterReader::check() const {
  for (auto it = list_.begin(); it != list_.end(); ++it)
    if (std::find(names_.begin(), names_.end(), it->first) == names_.end())
      fail_unknown("parameter '" + it->first + "'", it->first, names_);
}

void ParameterReader::fail_unknown(std::string const& found, std::string const& name,
                                   std::vector<std::string> const& valid) const {
  std::string const meant = nearest_name(name, valid);
  fail(cat(what_, ": unknown ", found, meant.empty() ? "" : "; did you mean '" + meant + "'?",
           meant.empty() ? "; valid: " : " Valid: ", join(valid)));
}

Teuchos::ParameterList read_xml(std::string const& file) {
  if (!std::ifstream(file)) fail(cat(file, ": cannot be opened"));
  try {
    return *Teuchos::getParametersFromXmlFile(file);
  } catch (std::exception const& e) {
    fail(cat(file, ": not a parameter list in XML: ", e.what()));
  }
}

void write_xml(std::string const& file, Teuchos::ParameterList const& list) {
  std::ostringstream text;
  Teuchos::writeParameterListToXmlOStream(list, text);
  write_file(file, text.str());
}

}  // namespace nacre::trilinos
