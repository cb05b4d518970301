#include "CMicroHTTP.h"

#include <stdio.h>

#ifdef FSS_MICROHTTP

#include "server.h"

#include <arpa/inet.h>
#include <netdb.h>
#include <stdlib.h>
#include <string.h>

// Headers that go on for ever, upgrades and methods of any name are libmicrohttpd's to refuse: the memory of a connection is fixed.
static enum MHD_Result access_handler(
    void *context, struct MHD_Connection *connection, const char *url, const char *method, const char *version,
    const char *upload, size_t *upload_count, void **state) {
    (void)version;
    fss_http_server *server = context;
    fss_http_exchange *exchange = *state;
    if (exchange == NULL) {
        exchange = fss_exchange_make(server, connection, url, method);
        if (exchange == NULL) return MHD_NO;
        *state = exchange;
        exchange->limit = server->handler.began(server->handler.context, exchange);
        return exchange->response == NULL ? MHD_YES : fss_exchange_send(exchange);
    }
    if (*upload_count > 0) {
        fss_exchange_append(exchange, upload, *upload_count);
        *upload_count = 0;
        return MHD_YES;
    }
    if (exchange->response != NULL) return fss_exchange_send(exchange);
    if (exchange->is_pending) return MHD_YES;
    if (!fss_exchange_begin_waiting(exchange)) return MHD_NO;
    server->handler.arrived(server->handler.context, exchange);
    return MHD_YES;
}

static void completed(
    void *context, struct MHD_Connection *connection, void **state, enum MHD_RequestTerminationCode code) {
    (void)context;
    (void)connection;
    (void)code;
    fss_exchange_free(*state);
    *state = NULL;
}

static fss_http_status fail(char *found, size_t capacity, fss_http_status status, const char *text) {
    if (found != NULL && capacity > 0) snprintf(found, capacity, "%s", text);
    return status;
}

fss_http_status fss_http_start(
    const fss_http_settings *settings, const fss_http_handler *handler, fss_http_server **result, char *found,
    size_t found_capacity) {
    struct addrinfo hints, *address = NULL;
    char port[8];
    memset(&hints, 0, sizeof hints);
    hints.ai_flags = AI_NUMERICHOST | AI_NUMERICSERV | AI_PASSIVE;
    hints.ai_socktype = SOCK_STREAM;
    snprintf(port, sizeof port, "%u", (unsigned)settings->port);
    if (getaddrinfo(settings->address, port, &hints, &address) != 0) {
        return fail(found, found_capacity, FSS_HTTP_ADDRESS, "no numeric address");
    }
    fss_http_server *server = calloc(1, sizeof *server);
    if (server == NULL) {
        freeaddrinfo(address);
        return fail(found, found_capacity, FSS_HTTP_FAILED, "no memory");
    }
    server->handler = *handler;
    server->body_capacity = settings->body_bytes;
    pthread_mutex_init(&server->lock, NULL);
    pthread_cond_init(&server->answered, NULL);
    unsigned flags = MHD_USE_INTERNAL_POLLING_THREAD | MHD_USE_AUTO | MHD_ALLOW_SUSPEND_RESUME;
    if (address->ai_family == AF_INET6) flags |= MHD_USE_IPv6;
    server->daemon = MHD_start_daemon(
        flags, settings->port, NULL, NULL, access_handler, server,
        MHD_OPTION_SOCK_ADDR, address->ai_addr,
        MHD_OPTION_CONNECTION_LIMIT, settings->connections,
        MHD_OPTION_CONNECTION_TIMEOUT, settings->idle_seconds,
        MHD_OPTION_CONNECTION_MEMORY_LIMIT, settings->header_bytes,
        MHD_OPTION_STRICT_FOR_CLIENT, 1,
        MHD_OPTION_NOTIFY_COMPLETED, completed, NULL,
        MHD_OPTION_END);
    freeaddrinfo(address);
    if (server->daemon == NULL) {
        fss_server_free(server);
        return fail(found, found_capacity, FSS_HTTP_ADDRESS, "an address or port that cannot be listened on");
    }
    *result = server;
    return FSS_HTTP_OK;
}

uint16_t fss_http_port(const fss_http_server *server) {
    const union MHD_DaemonInfo *info = MHD_get_daemon_info(server->daemon, MHD_DAEMON_INFO_BIND_PORT);
    return info == NULL ? 0 : info->port;
}

void fss_http_stop(fss_http_server *server) {
    pthread_mutex_lock(&server->lock);
    server->is_stopping = 1;
    while (server->waiting > 0) pthread_cond_wait(&server->answered, &server->lock);
    pthread_mutex_unlock(&server->lock);
    MHD_stop_daemon(server->daemon);
    fss_server_free(server);
}

#else

fss_http_status fss_http_start(
    const fss_http_settings *settings, const fss_http_handler *handler, fss_http_server **server, char *found,
    size_t found_capacity) {
    (void)settings;
    (void)handler;
    (void)server;
    if (found != NULL && found_capacity > 0) snprintf(found, found_capacity, "a build without libmicrohttpd");
    return FSS_HTTP_UNAVAILABLE;
}

uint16_t fss_http_port(const fss_http_server *server) {
    (void)server;
    return 0;
}

void fss_http_stop(fss_http_server *server) { (void)server; }

#endif
