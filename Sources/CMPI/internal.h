// What the parts of this library share among themselves.

#ifndef FSS_C_MPI_INTERNAL_H
#define FSS_C_MPI_INTERNAL_H

#include "CMPI.h"

// Where distributions put the header: Debian below "mpi", Fedora below its variant's name.
#if __has_include(<mpi.h>)
#include <mpi.h>
#elif __has_include(<mpi/mpi.h>)
#include <mpi/mpi.h>
#elif __has_include(<openmpi-x86_64/mpi.h>)
#include <openmpi-x86_64/mpi.h>
#elif __has_include(<mpich-x86_64/mpi.h>)
#include <mpich-x86_64/mpi.h>
#else
#error "The trait MPI needs mpi.h: Scripts/bootstrap.sh --with mpi installs it."
#endif

#include <pthread.h>

// One call to MPI at a time.
extern pthread_mutex_t fss_mpi_turn;
#define IN_TURN(call) (pthread_mutex_lock(&fss_mpi_turn), code = (call), pthread_mutex_unlock(&fss_mpi_turn), code)

int64_t fss_mpi_now(void);
void fss_mpi_rest(long nanoseconds);
int fss_mpi_is_started(void);
void fss_mpi_count(int64_t sent, int64_t nanoseconds);

// Sums have a communicator of their own, so that their numbers meet nobody else's.
int fss_mpi_sums_start(MPI_Comm world);
void fss_mpi_sums_stop(void);

#endif
