#include "CMPI.h"

#ifndef FSS_MPI

#include <stdio.h>

int fss_mpi_is_built(void) { return 0; }
int fss_mpi_start(int silence) { return FSS_MPI_NOT_BUILT; }
int fss_mpi_finish(void) { return FSS_MPI_NOT_BUILT; }
void fss_mpi_abort(int code) {}
int fss_mpi_rank(void) { return 0; }
int fss_mpi_size(void) { return 1; }
int fss_mpi_node(void) { return 0; }
int fss_mpi_node_count(void) { return 1; }
int fss_mpi_ranks_on_node(void) { return 1; }
int fss_mpi_barrier(void) { return FSS_MPI_NOT_BUILT; }
int fss_mpi_broadcast(void *bytes, int64_t count, int root) { return FSS_MPI_NOT_BUILT; }
int fss_mpi_all_gather(const void *own, void *all, const int64_t *counts) { return FSS_MPI_NOT_BUILT; }
int fss_mpi_sum_begin(const float *blocks, const int64_t *block_counts, int64_t length, const int32_t *additions,
    int64_t addition_count, int32_t result, int32_t number, FSSMPISum **sum) {
    return FSS_MPI_NOT_BUILT;
}
int fss_mpi_sum_finish(FSSMPISum *sum, float *total) { return FSS_MPI_NOT_BUILT; }
void fss_mpi_sum_times(int64_t *under_way, int64_t *waited_for) { *under_way = 0, *waited_for = 0; }
int fss_mpi_send(const void *bytes, int64_t count, int target) { return FSS_MPI_NOT_BUILT; }
int fss_mpi_waiting(int64_t *count, int *source) { return FSS_MPI_NOT_BUILT; }
int fss_mpi_receive(void *bytes, int64_t count, int source) { return FSS_MPI_NOT_BUILT; }
int fss_mpi_take(int64_t counter, int64_t *number) { return FSS_MPI_NOT_BUILT; }
void fss_mpi_traffic(int64_t *bytes, int64_t *nanoseconds) { *bytes = 0, *nanoseconds = 0; }
void fss_mpi_describe(int code, char *text, size_t capacity) { snprintf(text, capacity, "MPI is not built in"); }

#endif
