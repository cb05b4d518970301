internal import Datasets
internal import Diffusion
internal import Foundation

/// What the requests of the page are answered from.
struct PageService: Sendable {
    let sessions: PhotoSessions
    let files: PageFiles

    /// Everything that may be asked.
    static let routes = pageRoutes + sessionRoutes + photoRoutes

    /// The page itself and what it consists of.
    private static let pageRoutes =
        PageFiles.names.map { name in
            PageRoute("GET", name) { _, _, service in try service.files.answer(name) }
        } + [
            PageRoute("GET", "/") { request, _, service in
                guard request.arguments["token"] != nil, let token = request.arguments["token"] else {
                    return try service.files.answer("index.html")
                }
                // The token leaves the address bar; the guard found it right.
                var answer = PageAnswer(status: 303)
                let cookie = "\(PageGuard.cookieName)=\(token); Path=/; HttpOnly; SameSite=Strict"
                answer.headers = [("Location", "/")] + (token.allSatisfy(\.isHexDigit) ? [("Set-Cookie", cookie)] : [])
                return answer
            },
            PageRoute("GET", "/api") { _, _, service in try PageAnswer(PageStatus(service.sessions)) },
        ]

    /// The answer to a request whose body is there.
    func answer(_ request: PageRequest, _ match: PageMatch) async -> PageAnswer {
        do {
            return try await match.route.handler(request, match.values, self)
        } catch {
            return PageAnswer(error)
        }
    }

    /// JSON that was sent.
    func decoded<Value: Decodable>(_ type: Value.Type, _ request: PageRequest) throws -> Value {
        try SessionText.decoded(type, from: request.body, limits: sessions.limits)
    }
}

/// What may be chosen and sent.
private struct PageStatus: Encodable {
    struct Model: Encodable {
        var name: String
        var remarks: [String]
    }

    var version = ComputeSettings.libraryVersion
    var models: [Model]
    var formats = PhotoSessions.exportFormats
    var limits: PhotoSessionLimits

    init(_ sessions: PhotoSessions) {
        models = sessions.models.models.map { Model(name: $0.name, remarks: $0.remarks) }
        limits = sessions.limits
    }
}
