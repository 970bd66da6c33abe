#pragma once

#include <string>
#include <vector>

/// \file
/// What benchmark programs hand to the regression suite: rows, each the time of something of ours beside that of a
/// reference that was measured in the same run.
///
/// A program calls record() as often as it has a row, and write_rows() before it ends; the suite (perf_suite, which
/// is `./nacre perf`) says in the environment variable NACRE_PERF_ROWS which file it wants them in. Without it nothing
/// is written. NACRE_PERF_QUICK asks for a short run: smaller sizes, under other names of problems, and fewer
/// repetitions. What the suite finds suspicious it measures again, with the argument that the row says.
///
///     Samples const samples(state, {{"nacre", ours}, {"eigen", theirs}});     // timing.hpp: in turn
///     auto row = samples.row("spmv", "poisson3d_100", "nacre", "eigen");
///     row.again = "--benchmark_filter=^spmv/poisson3d_100$";
///     record(row);
///
/// Where there is no peer, the reference is the STREAM triad (stream_triad_contender() of support.hpp), run in turn
/// with ours as a peer would be.

namespace nacre::perf {

struct Row {
  std::string name;        ///< what was measured: "spmv"
  std::string problem;     ///< on what, with its size: "poisson3d_100"; name and problem together name a row
  double ours = 0;         ///< median, in `unit`
  double peer = 0;         ///< median of the reference, in the same unit
  std::string peer_name;   ///< "hypre/aggressive"; where there is no peer what stands for it: "stream_triad"
  double ratio = 0;        ///< ours / peer: the median of those within a repetition; less is better
  double spread = 0;       ///< of these ratios: half their interquartile range over their median
  std::string unit = "s";  ///< s of processor time, or MB
  int iterations = 0;      ///< of ours; here and below 0 is: does not apply
  double relative_residual = 0;  ///< true one of ours
  double peak_rss_mb = 0;        ///< of ours
  std::string again;             ///< the argument with which the program measures this row and little else
};

/// Keeps a row; a later one of the same name and problem replaces it.
/// \throws nacre::Error if its ratio is not a positive number
void record(Row const& row);
/// All that are kept, in the order of their first recording.
std::vector<Row> const& recorded_rows();

/// Writes the rows as a JSON array into the file that NACRE_PERF_ROWS names; without it does nothing.
/// \throws nacre::Error if the file cannot be written
void write_rows();

/// Whether a short run is asked for.
bool quick();

/// The median of some numbers; 0 if there are none.
double median(std::vector<double> v);
/// Half the interquartile range over the median.
double relative_spread(std::vector<double> v);

/// The row of times taken in turn: ours[r] and peer[r] belong to the same repetition.
Row make_row(std::string name, std::string problem, std::vector<double> const& ours, std::string peer_name,
             std::vector<double> const& peer);

}  // namespace nacre::perf
