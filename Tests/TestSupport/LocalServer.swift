internal import Foundation
internal import Synchronization

#if canImport(Glibc)
internal import Glibc
#elseif canImport(Musl)
internal import Musl
#elseif canImport(Darwin)
internal import Darwin
#endif

/// A web server on this machine that answers as a test says, rightly or not; one request a connection.
public final class LocalServer: Sendable {
    /// What somebody asked for.
    public struct Request: Sendable {
        /// How many came before it.
        public var number: Int
        /// The path of the address.
        public var path: String
        /// The first byte of the range that was asked for; nil for the whole file.
        public var start: Int?
    }

    /// What is sent.
    public struct Answer: Sendable {
        public var status = "200 OK"
        public var headers: [String] = []
        public var body: [UInt8]
        /// What the length is said to be; nil for none at all.
        public var announced: Int?

        public init(_ body: some Sequence<UInt8>) {
            self.body = Array(body)
            announced = self.body.count
        }

        /// The answer of a right server.
        public init(_ file: [UInt8], for request: Request) {
            guard let start = request.start else {
                self.init(file)
                return
            }
            guard start < file.count else {
                self.init([])
                status = "416 Range Not Satisfiable"
                return
            }
            self.init(file[start...])
            status = "206 Partial Content"
            headers = ["Content-Range: bytes \(start)-\(file.count - 1)/\(file.count)"]
        }

        /// The same, breaking off after so many bytes.
        public func cut(after count: Int) -> Answer {
            var answer = self
            answer.body = Array(body.prefix(count))
            return answer
        }
    }

    public struct Failure: Error {}

    /// `http://127.0.0.1:PORT`
    public let address: String
    private let listener: Int32
    private let seen = Mutex<[Request]>([])

    /// The requests so far.
    public var requests: [Request] { seen.withLock { $0 } }

    /// Listens on a free port.
    public init(_ answer: @escaping @Sendable (Request) -> Answer) throws {
        #if canImport(Glibc)
        let listener = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        #else
        let listener = socket(AF_INET, SOCK_STREAM, 0)
        #endif
        var name = sockaddr_in()
        name.sin_family = sa_family_t(AF_INET)
        name.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        var size = socklen_t(MemoryLayout<sockaddr_in>.size)
        let code = withUnsafeMutablePointer(to: &name) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { pointer in
                bind(listener, pointer, size) | listen(listener, 16) | getsockname(listener, pointer, &size)
            }
        }
        guard listener >= 0, code == 0 else { throw Failure() }
        self.listener = listener
        address = "http://127.0.0.1:\(UInt16(bigEndian: name.sin_port))"
        Thread.detachNewThread { [weak self] in
            while true {
                let connection = accept(listener, nil, nil)
                guard connection >= 0 else { return }
                guard let self else {
                    close(connection)
                    return
                }
                serve(connection, answer)
            }
        }
    }

    deinit {
        // Ends the wait of `accept`.
        shutdown(listener, Int32(SHUT_RDWR))
        close(listener)
    }

    private func serve(_ connection: Int32, _ answer: (Request) -> Answer) {
        defer { close(connection) }
        guard let request = read(connection) else { return }
        let answer = answer(request)
        let length = answer.announced.map { ["Content-Length: \($0)"] } ?? []
        let lines = ["HTTP/1.1 \(answer.status)"] + answer.headers + length + ["Connection: close", "", ""]
        var bytes = Array(lines.joined(separator: "\r\n").utf8) + answer.body
        while !bytes.isEmpty {
            let sent = send(connection, bytes, bytes.count, Int32(MSG_NOSIGNAL))
            guard sent > 0 else { return }
            bytes.removeFirst(sent)
        }
        shutdown(connection, Int32(SHUT_WR))
        // The other side closes when it has everything.
        var rest: UInt8 = 0
        while recv(connection, &rest, 1, 0) > 0 {}
    }

    private func read(_ connection: Int32) -> Request? {
        var (head, byte) = ([UInt8](), UInt8(0))
        while !head.suffix(4).elementsEqual("\r\n\r\n".utf8) {
            guard head.count < 1 << 16, recv(connection, &byte, 1, 0) == 1 else { return nil }
            head.append(byte)
        }
        let text = String(decoding: head, as: UTF8.self)
        let path = text.split(separator: " ").dropFirst().first.map(String.init) ?? ""
        let start = text.firstMatch(of: #/(?i)\r\nRange: *bytes=(\d+)-/#).flatMap { Int($0.1) }
        return seen.withLock { seen in
            let request = Request(number: seen.count, path: path, start: start)
            seen.append(request)
            return request
        }
    }
}
