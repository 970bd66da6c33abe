// The performance regression suite with made-up results, and with made-up benchmark programs.
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <nlohmann/json.hpp>

#include "../support/temporary_folder.hpp"
#include "run_program.hpp"

namespace nacre::test {
namespace {

using Json = nlohmann::json;

Json row(std::string const& name, double ratio) {
  return {{"name", name},         {"problem", "tets_80"},
          {"ours", ratio},        {"peer", 1.},
          {"peer_name", "muelu"}, {"unit", "s"},
          {"ratio", ratio},       {"spread", .01},
          {"iterations", 14},     {"relative_residual", 3e-9},
          {"peak_rss_mb", 355.},  {"again", "--problems=tets_80"}};
}

/// A result with these ratios of amg_pcg and spmv.
std::string result(double amg_pcg, double spmv) {
  Json const machine{
      {"class", "made-up"}, {"cpu", "Made Up"}, {"cores", 2},      {"stream_triad_gb_per_s", {{"1", 20.}}},
      {"compiler", "GNU"},  {"flags", "-O3"},   {"commit", "abc"}, {"kokkos", "3.4.1"}};
  auto rows = Json::array({row("amg_pcg", amg_pcg), row("spmv", spmv)});
  for (auto& r : rows) r["program"] = "perf_tape";
  return Json{{"machine", machine}, {"date", "2025-01-31T00:00:00Z"}, {"quick", false}, {"rows", rows}}
      .dump();
}

Ended nacre_perf(std::string const& arguments) { return run_program("nacre_perf", 1, arguments); }

/// A benchmark program that finds these ratios of amg_pcg, one in each run, and writes down its arguments.
void write_program(Folder const& folder, std::string const& name, std::string const& ratios) {
  auto const file =
      folder.write(name, "#!/bin/sh\necho \"$@\" >>" + folder / "arguments" + "\nrun=$(wc -l <" +
                             folder / "arguments" + ")\nratio=$(echo " + ratios +
                             R"( | cut -d' ' -f$run)
echo table
cat >"$NACRE_PERF_ROWS" <<END
[{"name": "amg_pcg", "problem": "tets_80", "ours": $ratio, "peer": 1, "peer_name": "muelu", "unit": "s",
  "ratio": $ratio, "spread": 0.01, "iterations": 14, "relative_residual": 3e-9, "peak_rss_mb": null,
  "again": "--benchmark_filter=^tets$"}]
END
)");
  chmod(file.c_str(), 0755);
}

Ended measure(Folder const& bin, TemporaryFolder const& output, std::string const& arguments) {
  return nacre_perf("--programs perf_tape --bin " + bin / "" + " --output " + output.file("") + " " +
                    arguments);
}

TEST(Perf, FailsWhereARatioWorsenedBeyondNoise) {
  Folder const folder;
  auto const baseline = folder.write("baseline.json", result(.8, .5)),
             now = folder.write("now.json", result(1., .5));

  auto const ended = nacre_perf("--compare " + baseline + " " + now);

  EXPECT_EQ(ended.status, 1) << ended.err;
  EXPECT_NE(ended.out.find("worse: amg_pcg on tets_80: ratio to muelu 0.800 -> 1.000"), std::string::npos)
      << ended.out;
  EXPECT_NE(ended.out.find("1 worse, 0 improved, 0 missing, 0 new, 1 the same"), std::string::npos)
      << ended.out;
}

TEST(Perf, PassesWithinNoiseAndWhereARatioImproved) {
  Folder const folder;
  auto const baseline = folder.write("baseline.json", result(.8, .5)),
             now = folder.write("now.json", result(.82, .3));

  auto const ended = nacre_perf("--compare " + baseline + " " + now);

  EXPECT_EQ(ended.status, 0) << ended.err;
  EXPECT_NE(ended.out.find("improved: spmv on tets_80"), std::string::npos) << ended.out;
}

TEST(Perf, NamesAFileThatIsNotThereOrIsNoResult) {
  Folder const folder;
  auto const now = folder.write("now.json", result(1, 1)), bad = folder.write("bad.json", "{}");

  auto const missing = nacre_perf("--compare " + folder / "none.json" + " " + now);
  auto const other = nacre_perf("--compare " + bad + " " + now);

  EXPECT_EQ(missing.status, 3);
  EXPECT_NE(missing.err.find("none.json: cannot be read"), std::string::npos) << missing.err;
  EXPECT_EQ(other.status, 3);
  EXPECT_NE(other.err.find("bad.json: is no result"), std::string::npos) << other.err;
}

TEST(Perf, RefusesWhatDoesNotFitTogether) {
  Folder const folder;
  auto const now = folder.write("now.json", result(1, 1));

  EXPECT_EQ(nacre_perf("--compar x").status, 2);
  EXPECT_EQ(nacre_perf("--programs perf_none").status, 2);
  EXPECT_EQ(nacre_perf("--ranks 0").status, 2);
  EXPECT_EQ(nacre_perf("--check --compare x").status, 2);
  EXPECT_EQ(nacre_perf("--quick " + now).status, 2);
  auto const ended = nacre_perf("--compar x");
  EXPECT_NE(ended.err.find("unknown option --compar; did you mean --compare?"), std::string::npos)
      << ended.err;
}

TEST(Perf, DrawsAPage) {
  Folder const folder;
  auto const a = folder.write("a.json", result(.8, .5)), b = folder.write("b.json", result(.7, .5));

  auto const ended = nacre_perf("--report " + folder / "page.html" + " " + a + " " + b);

  EXPECT_EQ(ended.status, 0) << ended.err;
  auto const page = folder.read("page.html");
  EXPECT_NE(page.find("<code>amg_pcg</code>"), std::string::npos);
  EXPECT_NE(page.find("<code>spmv</code>"), std::string::npos);
  EXPECT_NE(page.find("tets_80"), std::string::npos);
}

TEST(Perf, GathersWhatProgramsMeasure) {
  Folder const bin;
  TemporaryFolder const output;
  write_program(bin, "perf_tape", "0.75");

  auto const ended = measure(bin, output, "--json " + output.file("result.json"));

  ASSERT_EQ(ended.status, 0) << ended.err;
  EXPECT_NE(ended.out.find("amg_pcg"), std::string::npos);
  auto const json = Json::parse(content_of(output.file("result.json")));
  ASSERT_EQ(json.at("rows").size(), 1u);
  EXPECT_EQ(json.at("rows")[0].at("ratio"), .75);
  EXPECT_EQ(json.at("rows")[0].at("program"), "perf_tape");
  EXPECT_GT(json.at("machine").at("stream_triad_gb_per_s").at("1"), 0.);
  for (auto const* const fact : {"cpu", "cores", "compiler", "flags", "commit", "kokkos", "class"})
    EXPECT_TRUE(json.at("machine").contains(fact)) << fact;
  EXPECT_EQ(content_of(output.file("perf_tape.txt")), "table\n");
}

TEST(Perf, MeasuresASuspiciousRowAgain) {
  Folder const bin;
  TemporaryFolder const output;
  auto const baseline = output.file("baseline.json", result(.8, .5));
  write_program(bin, "perf_tape", "1.1 0.81");

  auto const ended = measure(bin, output, "--compare " + baseline + " --json " + output.file("result.json"));

  EXPECT_EQ(ended.status, 0) << ended.out << ended.err;
  EXPECT_EQ(Json::parse(content_of(output.file("result.json"))).at("rows")[0].at("ratio"), .81);
  EXPECT_NE(bin.read("arguments").find("\n--benchmark_filter=^tets$\n"), std::string::npos)
      << bin.read("arguments");
}

TEST(Perf, FailsIfTheRowIsWorseAgain) {
  Folder const bin;
  TemporaryFolder const output;
  auto const baseline = output.file("baseline.json", result(.8, .5));
  write_program(bin, "perf_tape", "1.1 1.05");

  auto const ended = measure(bin, output, "--compare " + baseline);

  EXPECT_EQ(ended.status, 1) << ended.out << ended.err;
  EXPECT_NE(ended.out.find("worse: amg_pcg on tets_80"), std::string::npos) << ended.out;
  EXPECT_NE(ended.out.find("0.800 -> 1.050"), std::string::npos) << ended.out;
}

TEST(Perf, DoesNotMissWhatOtherProgramsMeasure) {
  Folder const bin;
  TemporaryFolder const output;
  auto baseline = Json::parse(result(.8, .5));
  baseline["rows"][1]["program"] = "perf_kernels";
  write_program(bin, "perf_tape", "0.8");

  auto const ended = measure(bin, output, "--compare " + output.file("baseline.json", baseline.dump()));

  EXPECT_EQ(ended.status, 0) << ended.err;
  EXPECT_NE(ended.out.find("0 worse, 0 improved, 0 missing, 0 new, 1 the same"), std::string::npos)
      << ended.out;
}

TEST(Perf, NamesAProgramThatIsMissingOrFails) {
  Folder const bin;
  TemporaryFolder const output;

  auto const missing = measure(bin, output, "");
  chmod(bin.write("perf_tape", "#!/bin/sh\nexit 5\n").c_str(), 0755);
  auto const failing = measure(bin, output, "--json " + output.file("result.json"));

  EXPECT_EQ(missing.status, 3);
  EXPECT_NE(missing.err.find("there is no program perf_tape"), std::string::npos) << missing.err;
  EXPECT_EQ(failing.status, 3);
  EXPECT_NE(failing.err.find("ended with status 5"), std::string::npos) << failing.err;
  EXPECT_EQ(content_of(output.file("result.json")), "");
}

TEST(Perf, SaysWhichProgramsWouldRun) {
  EXPECT_EQ(nacre_perf("--targets --ranks 2").out, "perf_solvers\n");
  EXPECT_EQ(nacre_perf("--targets --programs perf_nn,perf_tape").out, "perf_nn\nperf_tape\n");
}

}  // namespace
}  // namespace nacre::test
