internal import CMicroHTTP

/// A request, as far as the page's server looks at it.
struct PageRequest: Sendable {
    /// GET, POST and so on.
    var method: String
    /// The path, unescaped.
    var path: String
    /// Headers by their names in small letters; those alone that the server looks at.
    var headers: [String: String] = [:]
    /// Arguments of the query, those alone that the server looks at.
    var arguments: [String: String] = [:]
    /// Whether the client says two things at once about where it wants to go.
    var isAmbiguous = false
    /// What was sent.
    var body: [UInt8] = []

    /// The parts of the path.
    var parts: [String] { path.split(separator: "/", omittingEmptySubsequences: true).map(String.init) }

    static let headerNames = [
        "host", "origin", "authorization", "cookie", "content-type", "content-length", "sec-fetch-site",
    ]
    static let argumentNames = ["name", "token"]
}

extension PageRequest {
    /// Reads line and headers.
    init(_ exchange: PageExchange) {
        let pointer = exchange.pointer
        method = Self.text(fss_http_method(pointer)) ?? ""
        path = Self.text(fss_http_path(pointer)) ?? ""
        for name in Self.headerNames { headers[name] = Self.text(fss_http_header(pointer, name)) }
        for name in Self.argumentNames { arguments[name] = Self.text(fss_http_argument(pointer, name)) }
        let single: [String] = ["host", "origin", "content-length"]
        isAmbiguous = single.contains { name in fss_http_header_count(pointer, name) > 1 }
    }

    private static func text(_ pointer: UnsafePointer<CChar>?) -> String? { pointer.map { String(cString: $0) } }
}
