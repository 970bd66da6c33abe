#!/usr/bin/env bash
# Runs nacre_solve on several numbers of ranks and checks how it fares. Used by CTest:
#
#   acceptance.sh ranks  LIMIT OPTIONS...   1, 2, 3 ranks converge within LIMIT iterations that differ by at most 3,
#                                           and Belos' CG with the same AMG is within 1 of our PCG
#   acceptance.sh solves LIMIT OPTIONS...   1, 2, 3 ranks converge within LIMIT iterations
#   acceptance.sh growth OPTIONS...         32^3 to 128^3: iterations grow by at most 1.3, operator complexity at most 1.7
#   acceptance.sh growth_in_time OPTIONS... besides, seconds per unknown at most double (for a quiet machine)
#   acceptance.sh fails  OPTIONS...         does not converge, and says so
#
# data:NAME among the options stands for $NACRE_DATA_DIR/matrices/NAME, whose absence skips the test.
# The environment gives NACRE_SOLVE (the program), MPIEXEC, and NACRE_HAVE_TRILINOS (ON or OFF). Prints a table.
# Exit status: 0 as it should be, 1 not, 77 skipped.
set -euo pipefail
export OMPI_ALLOW_RUN_AS_ROOT=1 OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1 OMPI_MCA_rmaps_base_oversubscribe=1 \
  OMPI_MCA_orte_execute_quiet=1 OMPI_MCA_hwloc_base_binding_policy=none OMPI_MCA_mpi_yield_when_idle=1

row() { printf '%-6s %-10s %-15s %10s %17s %11s %9s %9s\n' "$@"; }

# solve RANKS OPTIONS...: sets the associative array `result` and `exit_status`, and prints a line of the table.
declare -A result
solve() {
  local ranks=$1 output line
  shift
  exit_status=0
  output=$("$MPIEXEC" -n "$ranks" "$NACRE_SOLVE" "$@") || exit_status=$?
  result=([status]=none [iterations]=-1)
  while IFS= read -r line; do result[${line%%=*}]=${line#*=}; done <<<"$output"
  row "$ranks" "${result[solver]:-}" "${result[status]}" "${result[iterations]}" "${result[relative_residual]:-}" \
    "${result[operator_complexity]:-}" "${result[setup_seconds]:-}" "${result[solve_seconds]:-}"
}

failed=0
complain() {
  echo "FAILED: $*"
  failed=1
}

# holds EXPRESSION: arithmetic with decimals
holds() { awk "BEGIN { exit !($1) }"; }

check_converged() {
  if ((exit_status != 0)) || [[ ${result[status]} != converged ]]; then
    complain "status ${result[status]}, exit status $exit_status"
  elif ! holds "${result[relative_residual]} <= 1.000001e-8"; then
    complain "relative residual ${result[relative_residual]}"
  fi
}

check_ranks() {
  local limit=$1 ranks least=1000000 most=0 on_one_rank
  shift
  for ranks in 1 2 3; do
    solve "$ranks" "$@"
    check_converged
    ((result[iterations] <= limit)) || complain "${result[iterations]} iterations, at most $limit are allowed"
    ((result[iterations] < least)) && least=${result[iterations]}
    ((result[iterations] > most)) && most=${result[iterations]}
    ((ranks > 1)) || on_one_rank=${result[iterations]}
  done
  ((most - least <= 3)) || complain "iterations differ by $((most - least)) between numbers of ranks, at most 3 are allowed"
  if [[ ${NACRE_HAVE_TRILINOS:-OFF} == ON ]]; then
    solve 1 "$@" --solver belos:CG
    check_converged
    local difference=$((result[iterations] - on_one_rank))
    ((difference >= -1 && difference <= 1)) || complain "Belos takes ${result[iterations]} iterations, our PCG $on_one_rank"
  fi
}

check_solves() {
  local limit=$1 ranks
  shift
  for ranks in 1 2 3; do
    solve "$ranks" "$@"
    check_converged
    ((result[iterations] <= limit)) || complain "${result[iterations]} iterations, at most $limit are allowed"
  done
}

# check_growth TIME_COUNTS OPTIONS...
check_growth() {
  local time_counts=$1 size first_iterations=0 first_time=0 time
  shift
  for size in 32 64 128; do
    solve 1 --problem poisson3d --size "$size" "$@"
    check_converged
    holds "${result[operator_complexity]} <= 1.7" || complain "operator complexity ${result[operator_complexity]}"
    time=$(awk "BEGIN { print (${result[setup_seconds]} + ${result[solve_seconds]}) / ${result[unknowns]} * 1e6 }")
    echo "       $time microseconds per unknown"
    if ((first_iterations == 0)); then
      first_iterations=${result[iterations]}
      first_time=$time
    fi
    holds "${result[iterations]} <= 1.3 * $first_iterations" || complain "iterations grew from $first_iterations"
    ((time_counts == 0)) || holds "$time <= 2 * $first_time" || complain "time per unknown grew from $first_time microseconds"
  done
}

check_fails() {
  solve 1 "$@"
  ((exit_status == 1)) || complain "exit status $exit_status, expected 1"
  [[ ${result[status]} != converged ]] || complain "claims convergence"
}

mode=$1
shift
arguments=()
for argument in "$@"; do
  if [[ $argument == data:* ]]; then
    argument=${NACRE_DATA_DIR:-}/matrices/${argument#data:}
    if [[ ! -r $argument ]]; then
      echo "[  SKIPPED ] acceptance.${argument##*/} (NACRE_DATA_DIR must name the folder that has it)"
      exit 77
    fi
  fi
  arguments+=("$argument")
done
set -- "${arguments[@]}"
row ranks solver status iterations relative_residual complexity setup_s solve_s
case $mode in
  ranks) check_ranks "$@" ;;
  solves) check_solves "$@" ;;
  growth) check_growth 0 "$@" ;;
  growth_in_time) check_growth 1 "$@" ;;
  fails) check_fails "$@" ;;
  *) complain "unknown mode $mode" ;;
esac
exit "$failed"
