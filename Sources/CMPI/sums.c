#include "CMPI.h"

#ifdef FSS_MPI

#include "internal.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>

typedef enum { EXCHANGING, GATHERING, DONE } Stage;

struct FSSMPISum {
    FSSMPISum *next;
    Stage stage;
    int code, number;
    // What this rank adds up: a part of everybody's blocks.
    int64_t length, first, count;
    float *blocks, *received, *total;
    int32_t *additions, result;
    int64_t addition_count;
    MPI_Request *requests;
    int request_count;
};

static MPI_Comm sums;
static int own_rank, rank_count;
static int64_t under_way, waited_for, began;

// Sums that are under way, the oldest first, and who carries them.
static pthread_mutex_t list = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t arrival = PTHREAD_COND_INITIALIZER, departure = PTHREAD_COND_INITIALIZER;
static FSSMPISum *flying;
static pthread_t carrier;
static int has_carrier, is_leaving;

static int64_t part(int64_t length, int rank) { return (int64_t)rank * length / rank_count; }

static void discard(FSSMPISum *sum) {
    free(sum->blocks), free(sum->received), free(sum->total), free(sum->additions), free(sum->requests), free(sum);
}

// Every rank gets its part of all blocks. Messages between two ranks keep their order, so one number does for all blocks.
static int exchange(FSSMPISum *sum, const int64_t *block_counts) {
    int code = MPI_SUCCESS, tag = sum->number * 2;
    float *place = sum->received;
    for (int rank = 0; rank < rank_count && !code; rank++) {
        int64_t first = part(sum->length, rank), count = part(sum->length, rank + 1) - first;
        for (int64_t block = 0; block < block_counts[rank] && sum->count && !code; block++, place += sum->count) {
            if (rank == own_rank) memcpy(place, sum->blocks + block * sum->length + first, (size_t)count * sizeof *place);
            else code = MPI_Irecv(place, (int)sum->count, MPI_FLOAT, rank, tag, sums, &sum->requests[sum->request_count++]);
        }
        for (int64_t block = 0; block < block_counts[own_rank] && rank != own_rank && count && !code; block++) {
            const float *start = sum->blocks + block * sum->length + first;
            code = MPI_Isend(start, (int)count, MPI_FLOAT, rank, tag, sums, &sum->requests[sum->request_count++]);
            fss_mpi_count(count * (int64_t)sizeof *start, 0);
        }
    }
    return code;
}

static void add(FSSMPISum *sum) {
    for (int64_t step = 0; step < sum->addition_count; step++) {
        float *left = sum->received + sum->additions[2 * step] * sum->count;
        const float *right = sum->received + sum->additions[2 * step + 1] * sum->count;
        for (int64_t index = 0; index < sum->count; index++) left[index] += right[index];
    }
    memcpy(sum->total + sum->first, sum->received + sum->result * sum->count, (size_t)sum->count * sizeof(float));
}

// Every rank gives its part of the sum to the others.
static int gather(FSSMPISum *sum) {
    int code = MPI_SUCCESS, tag = sum->number * 2 + 1;
    sum->request_count = 0;
    for (int rank = 0; rank < rank_count && !code; rank++) {
        int64_t first = part(sum->length, rank), count = part(sum->length, rank + 1) - first;
        if (rank == own_rank) continue;
        if (count) code = MPI_Irecv(sum->total + first, (int)count, MPI_FLOAT, rank, tag, sums, &sum->requests[sum->request_count++]);
        if (!sum->count || code) continue;
        code = MPI_Isend(sum->total + sum->first, (int)sum->count, MPI_FLOAT, rank, tag, sums, &sum->requests[sum->request_count++]);
        fss_mpi_count(sum->count * (int64_t)sizeof(float), 0);
    }
    return code;
}

// Takes a sum as far as it goes without waiting; whether it moved.
static int advance(FSSMPISum *sum) {
    int code, done = 0;
    if (!IN_TURN(MPI_Testall(sum->request_count, sum->requests, &done, MPI_STATUSES_IGNORE)) && !done) return 0;
    if (!code && sum->stage == EXCHANGING) {
        add(sum);
        sum->stage = GATHERING;
        if (!IN_TURN(gather(sum))) return 1;
    }
    sum->code = code;
    return -1;
}

static void *carry(void *unused) {
    (void)unused;
    pthread_mutex_lock(&list);
    for (int idle = 0;;) {
        while (!flying && !is_leaving) pthread_cond_wait(&arrival, &list);
        if (!flying) break;
        int moved = 0;
        for (FSSMPISum **place = &flying; *place;) {
            FSSMPISum *sum = *place;
            // Others only add sums at the end.
            pthread_mutex_unlock(&list);
            int step = advance(sum);
            pthread_mutex_lock(&list);
            moved |= step;
            if (step >= 0) {
                place = &sum->next;
                continue;
            }
            *place = sum->next;
            sum->stage = DONE;
            if (!flying) under_way += fss_mpi_now() - began;
            pthread_cond_broadcast(&departure);
        }
        idle = moved ? 0 : idle + 1;
        pthread_mutex_unlock(&list);
        if (idle) fss_mpi_rest(idle < 200 ? 50000 : 200000);
        pthread_mutex_lock(&list);
    }
    pthread_mutex_unlock(&list);
    return NULL;
}

int fss_mpi_sums_start(MPI_Comm world) {
    MPI_Comm_rank(world, &own_rank);
    MPI_Comm_size(world, &rank_count);
    int code = MPI_Comm_dup(world, &sums);
    if (!code) MPI_Comm_set_errhandler(sums, MPI_ERRORS_RETURN);
    return code;
}

void fss_mpi_sums_stop(void) {
    if (!has_carrier) return;
    pthread_mutex_lock(&list);
    is_leaving = 1;
    pthread_cond_signal(&arrival);
    pthread_mutex_unlock(&list);
    pthread_join(carrier, NULL);
    has_carrier = 0;
}

// A copy of what was given, and room for what comes; nil without memory.
static FSSMPISum *made(const float *blocks, const int64_t *block_counts, int64_t length, const int32_t *additions, int64_t addition_count) {
    FSSMPISum *sum = calloc(1, sizeof *sum);
    if (!sum) return NULL;
    int64_t own = block_counts[own_rank], all = 0;
    for (int rank = 0; rank < rank_count; rank++) all += block_counts[rank];
    sum->length = length;
    sum->first = part(length, own_rank);
    sum->count = part(length, own_rank + 1) - sum->first;
    // One more where nothing is needed: no memory at all looks like a failure.
    sum->blocks = malloc((size_t)(own * length + 1) * sizeof(float));
    sum->received = malloc((size_t)(all * sum->count + 1) * sizeof(float));
    sum->total = malloc((size_t)(length + 1) * sizeof(float));
    sum->additions = malloc((size_t)(addition_count + 1) * 2 * sizeof(int32_t));
    sum->requests = malloc((size_t)(all + (own + 2) * rank_count) * sizeof(MPI_Request));
    if (!sum->blocks || !sum->received || !sum->total || !sum->additions || !sum->requests) return discard(sum), NULL;
    memcpy(sum->blocks, blocks, (size_t)(own * length) * sizeof(float));
    memcpy(sum->additions, additions, (size_t)addition_count * 2 * sizeof(int32_t));
    sum->addition_count = addition_count;
    return sum;
}

int fss_mpi_sum_begin(const float *blocks, const int64_t *block_counts, int64_t length, const int32_t *additions,
    int64_t addition_count, int32_t result, int32_t number, FSSMPISum **begun) {
    if (!fss_mpi_is_started()) return FSS_MPI_NOT_STARTED;
    if (length < 0 || length > INT_MAX || number < 0 || number >= FSS_MPI_SUM_NUMBERS) return FSS_MPI_TOO_LARGE;
    FSSMPISum *sum = made(blocks, block_counts, length, additions, addition_count);
    if (!sum) return FSS_MPI_OUT_OF_MEMORY;
    int code;
    sum->number = number;
    sum->result = result;
    // What was begun cannot be taken back: the caller ends all ranks after an error.
    if (IN_TURN(exchange(sum, block_counts))) return code;
    pthread_mutex_lock(&list);
    if (!has_carrier && pthread_create(&carrier, NULL, carry, NULL)) return pthread_mutex_unlock(&list), FSS_MPI_NO_THREADS;
    has_carrier = 1;
    if (!flying) began = fss_mpi_now();
    FSSMPISum **place = &flying;
    while (*place) place = &(*place)->next;
    *place = sum;
    pthread_cond_signal(&arrival);
    pthread_mutex_unlock(&list);
    *begun = sum;
    return FSS_MPI_OK;
}

int fss_mpi_sum_finish(FSSMPISum *sum, float *total) {
    int64_t start = fss_mpi_now();
    pthread_mutex_lock(&list);
    while (sum->stage != DONE) pthread_cond_wait(&departure, &list);
    int64_t time = fss_mpi_now() - start;
    waited_for += time;
    pthread_mutex_unlock(&list);
    fss_mpi_count(0, time);
    int code = sum->code;
    if (!code) memcpy(total, sum->total, (size_t)sum->length * sizeof *total);
    discard(sum);
    return code;
}

void fss_mpi_sum_times(int64_t *under_way_nanoseconds, int64_t *waited_nanoseconds) {
    pthread_mutex_lock(&list);
    *under_way_nanoseconds = under_way + (flying ? fss_mpi_now() - began : 0);
    *waited_nanoseconds = waited_for;
    pthread_mutex_unlock(&list);
}

#endif
