internal import Diffusion

/// What a request may send along.
enum PageBody: Sendable {
    case none
    case json
    case photo
    case concept

    /// The most bytes.
    func limit(_ limits: PhotoSessionLimits) -> Int {
        switch self {
        case .none: 0
        case .json: limits.textBytes
        case .photo: limits.photoBytes
        case .concept: limits.conceptBytes
        }
    }

    /// The media types that it may have; none of them is sent from a form of another page without asking first.
    var types: [String] {
        switch self {
        case .none: []
        case .json: ["application/json"]
        case .photo: ["image/jpeg", "image/png", "application/octet-stream"]
        case .concept: ["application/octet-stream", "application/zip"]
        }
    }
}

/// One kind of request. Parts of the path that begin with a colon stand for anything.
struct PageRoute: Sendable {
    typealias Handler = @Sendable (PageRequest, [String], PageService) async throws -> PageAnswer

    var method: String
    var pattern: [String]
    var body: PageBody
    var handler: Handler

    init(_ method: String, _ path: String, body: PageBody = .none, _ handler: @escaping Handler) {
        self.method = method
        pattern = path.split(separator: "/").map(String.init)
        self.body = body
        self.handler = handler
    }

    /// What stands in the places of the pattern; nil for another path.
    func values(_ parts: [String]) -> [String]? {
        guard parts.count == pattern.count else { return nil }
        var values: [String] = []
        for (part, expected) in zip(parts, pattern) {
            if expected.hasPrefix(":") { values.append(part) } else if part != expected { return nil }
        }
        return values
    }
}

/// A route with what stands in its places.
struct PageMatch: Sendable {
    var route: PageRoute
    var values: [String]

    /// The route of a request, or the refusal of one that has none.
    static func of(_ request: PageRequest, in routes: [PageRoute]) -> Result<PageMatch, PageRefusal> {
        let parts = request.parts
        let method = request.method == "HEAD" ? "GET" : request.method
        let same = routes.compactMap { route in route.values(parts).map { PageMatch(route: route, values: $0) } }
        if let match = same.first(where: { $0.route.method == method }) { return .success(match) }
        guard !same.isEmpty else {
            return .failure(PageRefusal(.refusal(404, "there is nothing at \(request.path.prefix(100))")))
        }
        var answer = PageAnswer.refusal(405, "\(request.method.prefix(20)) is not for \(request.path.prefix(100))")
        answer.headers.append(("Allow", same.map(\.route.method).joined(separator: ", ")))
        return .failure(PageRefusal(answer))
    }

    /// The refusal of what the request announces to send; nil where it may.
    func refusal(of request: PageRequest, limits: PhotoSessionLimits) -> PageAnswer? {
        let length = Int(request.headers["content-length"] ?? "0") ?? Int.max
        let most = route.body.limit(limits)
        guard length <= most else { return .refusal(413, "found \(length) bytes, expected at most \(most)") }
        guard !route.body.types.isEmpty else { return nil }
        let type = (request.headers["content-type"] ?? "").prefix { $0 != ";" }.lowercased().filter { $0 != " " }
        guard route.body.types.contains(type) else {
            return .refusal(
                415, "found the media type \"\(type.prefix(60))\", expected \(route.body.types.joined(separator: ", "))")
        }
        return nil
    }
}

/// An answer that ends the search for a route.
struct PageRefusal: Error {
    let answer: PageAnswer

    init(_ answer: PageAnswer) { self.answer = answer }
}
