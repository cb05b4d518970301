internal import CMicroHTTP
internal import Datasets
internal import Diffusion
internal import Foundation
internal import Synchronization

/// Serves the page: takes requests from libmicrohttpd's thread, lets the guard look at them, and answers from tasks.
final class PageServer: Sendable {
    /// Clients at once.
    private static let connections: UInt32 = 400
    /// Seconds after which a client that does nothing is put out.
    private static let idleSeconds: UInt32 = 20
    /// Bytes of all bodies at once.
    private static let bodyBytes = 256 << 20

    private let service: PageService
    private let watch = Mutex<PageGuard?>(nil)
    private let tasks = Mutex<[UInt64: Task<Void, Never>]>([:])
    private let number = Atomic<UInt64>(0)

    init(_ service: PageService) { self.service = service }

    /// Serves until the task is cancelled; then nothing is left of any session.
    ///
    /// - Parameters:
    ///   - address: what to listen on, as numbers.
    ///   - port: its port, 0 for a free one.
    ///   - token: what every request has to carry; nil for nothing.
    ///   - ready: is told the port.
    /// - Throws: `RunError` for an address or port that cannot be listened on.
    func serve(address: String, port: UInt16, token: String?, ready: @Sendable (UInt16) throws -> Void) async throws {
        var server: OpaquePointer?
        var found = [CChar](repeating: 0, count: 160)
        let handler = fss_http_handler(
            context: Unmanaged.passUnretained(self).toOpaque(),
            began: { PageServer.of($0)?.began(PageExchange($1)) ?? 0 },
            arrived: { PageServer.of($0)?.arrived(PageExchange($1)) })
        let status = address.withCString { address in
            var settings = fss_http_settings(
                address: address, port: port, connections: Self.connections, idle_seconds: Self.idleSeconds,
                header_bytes: 32 << 10, body_bytes: Self.bodyBytes)
            return withUnsafePointer(to: handler) { fss_http_start(&settings, $0, &server, &found, found.count) }
        }
        guard status == FSS_HTTP_OK, let server else { throw Self.failure(status, found, address, port) }
        let opened = fss_http_port(server)
        watch.withLock { $0 = PageGuard(address: address, port: opened, token: token) }
        let outcome = await Result { try await self.wait(opened, ready) }
        await stop(UInt(bitPattern: server))
        try outcome.get()
    }

    private func wait(_ port: UInt16, _ ready: @Sendable (UInt16) throws -> Void) async throws {
        try ready(port)
        while true {
            try await Task.sleep(for: .seconds(20))
            await service.sessions.endIdle()
        }
    }

    /// Ends all work; the server waits on a thread of its own, where it holds up no task.
    private func stop(_ address: UInt) async {
        tasks.withLock { tasks in tasks.values.forEach { $0.cancel() } }
        await withCheckedContinuation { (continuation: CheckedContinuation<Void, Never>) in
            Thread.detachNewThread {
                if let server = OpaquePointer(bitPattern: address) { fss_http_stop(server) }
                continuation.resume()
            }
        }
        await service.sessions.endAll()
    }

    private static func of(_ context: UnsafeMutableRawPointer?) -> PageServer? {
        context.map { Unmanaged<PageServer>.fromOpaque($0).takeUnretainedValue() }
    }

    /// The headers are there: refuses what may not pass, before any of its body is taken.
    private func began(_ exchange: PageExchange?) -> Int {
        guard let exchange else { return 0 }
        let request = PageRequest(exchange)
        if let refusal = watch.withLock({ $0 })?.refusal(of: request) {
            exchange.send(refusal)
            return 0
        }
        switch PageMatch.of(request, in: PageService.routes) {
        case .failure(let refusal): exchange.send(refusal.answer)
        case .success(let match):
            guard let refusal = match.refusal(of: request, limits: service.sessions.limits) else {
                return match.route.body.limit(service.sessions.limits)
            }
            exchange.send(refusal)
        }
        return 0
    }

    /// The request is whole: answers it in a task.
    private func arrived(_ exchange: PageExchange?) {
        guard let exchange else { return }
        var request = PageRequest(exchange)
        switch (PageMatch.of(request, in: PageService.routes), exchange.body()) {
        case (.failure(let refusal), _), (_, .failure(let refusal)): exchange.send(refusal.answer)
        case (.success(let match), .success(let body)):
            request.body = body
            let id = number.add(1, ordering: .relaxed).newValue
            tasks.withLock { tasks in
                tasks[id] = Task { [request, service] in
                    exchange.send(await service.answer(request, match))
                    self.tasks.withLock { $0[id] = nil }
                }
            }
        }
    }

    private static func failure(_ status: fss_http_status, _ found: [CChar], _ address: String, _ port: UInt16) -> RunError {
        let text = String(decoding: found.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
        guard status != FSS_HTTP_UNAVAILABLE else {
            return .conflict("this build is without libmicrohttpd (package trait MicroHTTP), which `fss serve` needs.")
        }
        return .setting(
            "port", found: "\(port) of \(address): \(text)",
            expected: "a free port and a numeric address of this machine, such as 127.0.0.1 or 0.0.0.0")
    }
}

extension Result where Failure == any Error {
    /// What an asynchronous call gives or throws.
    fileprivate init(_ body: () async throws -> Success) async {
        do { self = .success(try await body()) } catch { self = .failure(error) }
    }
}
