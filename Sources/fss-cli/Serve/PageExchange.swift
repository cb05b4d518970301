internal import CMicroHTTP
internal import Foundation

/// A request that waits for its answer; it is answered once.
struct PageExchange: Sendable {
    private let address: UInt

    /// Takes it from the server.
    init?(_ pointer: OpaquePointer?) {
        guard let pointer else { return nil }
        address = UInt(bitPattern: pointer)
    }

    /// What the C functions take; nil never is in an exchange.
    var pointer: OpaquePointer? { OpaquePointer(bitPattern: address) }

    /// The body, or the refusal of one that is too large.
    func body() -> Result<[UInt8], PageRefusal> {
        var (bytes, count): (UnsafePointer<UInt8>?, Int) = (nil, 0)
        switch fss_http_body(pointer, &bytes, &count) {
        case FSS_HTTP_BODY_TOO_LARGE: return .failure(PageRefusal(.refusal(413, "more bytes than this request may have")))
        case FSS_HTTP_BODY_NO_ROOM: return .failure(PageRefusal(.refusal(503, "too much is sent at once; try again in a moment")))
        default: break
        }
        let body = Array(UnsafeBufferPointer(start: bytes, count: bytes == nil ? 0 : count))
        fss_http_release_body(pointer)
        return .success(body)
    }

    /// Sends an answer, from any thread. The bytes are copied piece by piece while the client reads: those who read slowly share them.
    func send(_ answer: PageAnswer) {
        let words: [String] = (answer.headers + PageAnswer.common).flatMap { [$0.0, $0.1] }
        var texts = words.map { UnsafePointer<CChar>(strdup($0)) }
        defer { texts.forEach { free(UnsafeMutablePointer(mutating: $0)) } }
        let content = fss_http_content(
            context: Unmanaged.passRetained(AnswerBytes(answer.body)).toOpaque(), count: answer.body.count,
            read: { context, position, target, capacity in
                guard let context, let target else { return 0 }
                let bytes = Unmanaged<AnswerBytes>.fromOpaque(context).takeUnretainedValue().bytes
                guard position < UInt64(bytes.count) else { return 0 }
                let part = bytes[Int(position)...].prefix(capacity)
                UnsafeMutableRawBufferPointer(start: target, count: capacity).copyBytes(from: part)
                return part.count
            },
            release: { context in
                if let context { Unmanaged<AnswerBytes>.fromOpaque(context).release() }
            })
        fss_http_answer(pointer, UInt32(answer.status), &texts, texts.count, content)
    }
}

/// The bytes of an answer, for as long as a client reads them.
private final class AnswerBytes: Sendable {
    let bytes: [UInt8]

    init(_ bytes: [UInt8]) { self.bytes = bytes }
}
