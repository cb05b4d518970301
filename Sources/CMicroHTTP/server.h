#ifndef FSS_MICRO_HTTP_SERVER_H
#define FSS_MICRO_HTTP_SERVER_H

#include <microhttpd.h>
#include <pthread.h>

#include "CMicroHTTP.h"

struct fss_http_server {
    struct MHD_Daemon *daemon;
    fss_http_handler handler;
    pthread_mutex_t lock;
    pthread_cond_t answered;
    // Requests that arrived and have no answer yet.
    size_t waiting;
    int is_stopping;
    // Bytes of bodies, and the most there may be.
    size_t body_count;
    size_t body_capacity;
};

struct fss_http_exchange {
    fss_http_server *server;
    struct MHD_Connection *connection;
    char *path;
    char *method;
    uint8_t *body;
    size_t count;
    size_t capacity;
    // The most bytes of the body.
    size_t limit;
    fss_http_body_state state;
    int is_pending;
    unsigned status;
    struct MHD_Response *response;
};

fss_http_exchange *fss_exchange_make(
    fss_http_server *server, struct MHD_Connection *connection, const char *path, const char *method);
void fss_exchange_free(fss_http_exchange *exchange);
void fss_exchange_append(fss_http_exchange *exchange, const void *bytes, size_t count);
// Suspends the connection until it is answered; 0 where the server stops.
int fss_exchange_begin_waiting(fss_http_exchange *exchange);
enum MHD_Result fss_exchange_send(fss_http_exchange *exchange);
void fss_server_free(fss_http_server *server);

#endif
