public import Foundation
internal import TensorCore

#if canImport(FoundationNetworking)
internal import FoundationNetworking
#endif

/// An HTTP address that answers JSON with JSON, and how patient to be with it.
public struct Endpoint: Sendable, Hashable {
    /// Where requests go.
    public let url: URL
    /// The environment variable that holds the bearer key; nil where none is needed. The key itself is kept nowhere.
    public var keyVariable: String?
    /// Seconds for one whole answer.
    public var timeout: Double
    /// How often to try.
    public var attempts: Int
    /// Seconds before the second attempt; doubled before each further one, half a minute at most.
    public var backoff: Double
    /// Longer answers are refused while they come in.
    public var maximumBytes: Int

    /// An endpoint.
    ///
    /// - Throws: ``EndpointError/address(_:reason:)`` for what is no HTTP address, or one with a user or password in it.
    /// - Precondition: the numbers are positive; the backoff may be zero.
    public init(
        _ address: String, keyVariable: String? = nil, timeout: Double = 120, attempts: Int = 4, backoff: Double = 1,
        maximumBytes: Int = 256 << 20
    ) throws(EndpointError) {
        precondition(timeout > 0 && attempts > 0, "Endpoint: timeout \(timeout) and attempts \(attempts) must be positive")
        precondition(backoff >= 0 && maximumBytes > 0, "Endpoint: backoff \(backoff), maximumBytes \(maximumBytes)")
        guard let url = URL(string: address), let host = url.host, !host.isEmpty else {
            throw .address(Self.withoutUser(address), reason: "is no address")
        }
        guard url.scheme == "http" || url.scheme == "https" else {
            throw .address(Self.withoutUser(address), reason: "is neither http nor https")
        }
        guard url.user == nil, url.password == nil else {
            throw .address(Self.withoutUser(address), reason: "has a user or password in it; use a key variable")
        }
        (self.url, self.keyVariable, self.timeout) = (url, keyVariable, timeout)
        (self.attempts, self.backoff, self.maximumBytes) = (attempts, backoff, maximumBytes)
    }

    /// The address as messages show it: without the query, which may hold a secret.
    var shownURL: String {
        var parts = URLComponents(url: url, resolvingAgainstBaseURL: false)
        parts?.query = nil
        parts?.fragment = nil
        return parts?.string ?? url.host ?? "endpoint"
    }

    /// Posts a value and makes something of the answer; an attempt whose answer is no good is repeated like one that fails.
    ///
    /// - Throws: ``EndpointError`` of the last attempt, `CancellationError`.
    func post<Answer: Sendable>(_ body: some Encodable, _ read: (Data) throws(EndpointError) -> Answer) async throws -> Answer {
        let bytes: Data
        do { bytes = try JSONEncoder().encode(body) } catch {
            throw EndpointError.request("a request that JSON cannot hold: \(error)")
        }
        var request = URLRequest(url: url)
        request.httpMethod = "POST"
        request.httpBody = bytes
        request.setValue("application/json", forHTTPHeaderField: "Content-Type")
        request.setValue("application/json", forHTTPHeaderField: "Accept")
        return try await answer(to: request, key: try key(), read)
    }

    /// Fetches an address that an answer named, without the key.
    func get<Answer: Sendable>(_ read: (Data) throws(EndpointError) -> Answer) async throws -> Answer {
        try await answer(to: URLRequest(url: url), key: nil, read)
    }

    private func key() throws(EndpointError) -> String? {
        guard let keyVariable else { return nil }
        guard let key = ProcessInfo.processInfo.environment[keyVariable], !key.isEmpty else { throw .key(variable: keyVariable) }
        // A line break would end the header and begin another.
        guard !key.contains(where: \.isNewline) else { throw .request("\(keyVariable) holds a line break") }
        return key
    }

    private func answer<Answer: Sendable>(
        to request: URLRequest, key: String?, _ read: (Data) throws(EndpointError) -> Answer
    ) async throws -> Answer {
        var request = request
        if let key { request.setValue("Bearer \(key)", forHTTPHeaderField: "Authorization") }
        var pause = backoff
        for attempt in 1... {
            try Task.checkCancellation()
            do throws(EndpointError) {
                return try read(try await once(request, hiding: key))
            } catch {
                try Task.checkCancellation()
                guard error.isPassing, attempt < attempts else { throw error.after(attempt) }
            }
            try await Task.sleep(for: .seconds(pause))
            pause = min(pause * 2, 30)
        }
        throw EndpointError.request("no attempt was made")
    }

    private func once(_ request: URLRequest, hiding key: String?) async throws(EndpointError) -> Data {
        let transfer = EndpointTransfer(limit: maximumBytes)
        switch await transfer.run(request, timeout: timeout) {
        case .timeout: throw .timeout(url: shownURL, seconds: timeout, attempts: 1)
        case .tooLarge: throw .tooLarge(url: shownURL, limit: maximumBytes)
        case .failed(let reason): throw .connection(url: shownURL, reason: Self.hidden(reason, key), attempts: 1)
        case .answer(let code, let data):
            guard (200..<300).contains(code) else {
                let text = Self.excerpt(data, hiding: key)
                throw .status(url: shownURL, code: code, message: text, attempts: 1)
            }
            return data
        }
    }

    /// Decodes an answer.
    ///
    /// - Throws: ``EndpointError/answer(url:reason:attempts:)`` for what is no such JSON.
    func decode<Value: Decodable>(_ type: Value.Type, from data: Data) throws(EndpointError) -> Value {
        let limits = JSONGuard(bytes: maximumBytes, depth: 64, values: 1_000_000)
        if let excess = limits.excess(in: data) { throw .answer(url: shownURL, reason: excess, attempts: 1) }
        do {
            return try JSONDecoder().decode(type, from: data)
        } catch let error as DecodingError {
            let (place, reason) = error.placeAndReason
            throw .answer(url: shownURL, reason: "found no JSON of the expected form: \(place) \(reason)", attempts: 1)
        } catch {
            throw .answer(url: shownURL, reason: "found no JSON: \(error)", attempts: 1)
        }
    }

    /// The beginning of an answer in one line, for messages.
    private static func excerpt(_ data: Data, hiding key: String?) -> String {
        // The key is hidden before the text is cut, so that no half of it is left.
        let text = hidden(String(decoding: data.prefix(1 << 16), as: UTF8.self), key)
        let plain = text.unicodeScalars.filter { $0.properties.generalCategory != .control }
        return String(String(String.UnicodeScalarView(plain)).prefix(300))
    }

    private static func hidden(_ text: String, _ key: String?) -> String {
        key.map { text.replacing($0, with: "(key)") } ?? text
    }

    /// An address as typed, without what stands before an @ in it.
    private static func withoutUser(_ address: String) -> String {
        guard let mark = address.lastIndex(of: "@") else { return address }
        return "(user)" + address[mark...]
    }
}
