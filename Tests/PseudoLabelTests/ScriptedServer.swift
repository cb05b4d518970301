import Foundation
import Synchronization

#if canImport(Glibc)
import Glibc
#elseif canImport(Darwin)
import Darwin
#endif

/// A server on a plain socket that behaves as it is told, one connection after the other.
final class ScriptedServer: Sendable {
    enum Behaviour: Sendable {
        /// Answers.
        case answer(status: Int = 200, String)
        /// Promises `length` bytes, sends these and closes.
        case cut(String, length: Int)
        /// Closes without a word.
        case closed
        /// Waits, then closes.
        case silent(seconds: Double)
        /// Sends a byte now and then, for so long.
        case drip(seconds: Double)
    }

    let port: UInt16
    private let descriptor: Int32
    private let state: Mutex<(behaviours: [Behaviour], requests: [String])>

    /// The behaviours are used up in order; the last stays.
    init(_ behaviours: [Behaviour]) throws {
        state = Mutex((behaviours, []))
        #if canImport(Glibc)
        let kind = Int32(SOCK_STREAM.rawValue)
        #else
        let kind = SOCK_STREAM
        #endif
        let socket = socket(AF_INET, kind, 0)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = UInt32(0x7f00_0001).bigEndian
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let isBound = withUnsafeMutablePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(socket, $0, length) == 0 && listen(socket, 16) == 0 && getsockname(socket, $0, &length) == 0
            }
        }
        guard socket >= 0, isBound else { throw POSIXError(.EADDRNOTAVAIL) }
        (descriptor, port) = (socket, UInt16(bigEndian: address.sin_port))
        Thread.detachNewThread { [self] in serve() }
    }

    var address: String { "http://127.0.0.1:\(port)/v1" }
    /// The requests so far, head and body.
    var requests: [String] { state.withLock { $0.requests } }

    func stop() {
        // The serving thread closes it: a number that is free would be the next server's, and two threads would accept there.
        shutdown(descriptor, Int32(SHUT_RDWR))
    }

    private func serve() {
        while true {
            let connection = accept(descriptor, nil, nil)
            if connection < 0 {
                close(descriptor)
                return
            }
            let request = Self.request(connection)
            let behaviour = state.withLock { state -> Behaviour in
                state.requests.append(request)
                return state.behaviours.count > 1 ? state.behaviours.removeFirst() : state.behaviours[0]
            }
            // Each on its own thread: a slow answer does not hold up the next.
            Thread.detachNewThread {
                Self.behave(behaviour, connection)
                close(connection)
            }
        }
    }

    private static func behave(_ behaviour: Behaviour, _ connection: Int32) {
        func head(_ status: Int, _ length: Int) -> String {
            "HTTP/1.1 \(status) X\r\nContent-Type: application/json\r\nContent-Length: \(length)\r\nConnection: close\r\n\r\n"
        }
        switch behaviour {
        case .answer(let status, let body): send(head(status, body.utf8.count) + body, connection)
        case .cut(let body, let length): send(head(200, length) + body, connection)
        case .closed: break
        case .silent(let seconds): Thread.sleep(forTimeInterval: seconds)
        case .drip(let seconds):
            send(head(200, 100_000), connection)
            for _ in 0..<Int(seconds * 10) {
                send(" ", connection)
                Thread.sleep(forTimeInterval: 0.1)
            }
        }
    }

    private static func send(_ text: String, _ connection: Int32) {
        var bytes = Array(text.utf8)[...]
        while !bytes.isEmpty {
            let sent = bytes.withUnsafeBytes { Glibc.send(connection, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL)) }
            if sent <= 0 { return }
            bytes = bytes.dropFirst(sent)
        }
    }

    /// Head and body, as long as the head says.
    private static func request(_ connection: Int32) -> String {
        var received: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 65536)
        while true {
            let count = recv(connection, &buffer, buffer.count, 0)
            if count <= 0 { break }
            received += buffer[..<count]
            let text = String(decoding: received, as: UTF8.self)
            guard let end = text.range(of: "\r\n\r\n") else { continue }
            let field = text[..<end.lowerBound].split(separator: "\r\n").first { $0.lowercased().hasPrefix("content-length:") }
            let length = field.flatMap { Int($0.split(separator: ":")[1].trimmingCharacters(in: .whitespaces)) } ?? 0
            if text[end.upperBound...].utf8.count >= length { break }
        }
        return String(decoding: received, as: UTF8.self)
    }
}
