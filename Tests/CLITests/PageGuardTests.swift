import Diffusion
import Testing

@testable import fss_cli

/// Who may ask the page's server.
@Suite("Guard of the page")
struct PageGuardTests {
    private func status(_ guarded: PageGuard, _ path: String, _ headers: [String: String], token: String? = nil) -> Int? {
        var request = PageRequest(method: "POST", path: path, headers: headers)
        if let token { request.arguments["token"] = token }
        return guarded.refusal(of: request)?.status
    }

    private let local = PageGuard(address: "127.0.0.1", port: 4000, token: nil)

    @Test(
        "Hosts of this machine pass with the right port",
        arguments: ["127.0.0.1:4000", "localhost:4000", "LOCALHOST:4000", "[::1]:4000"])
    func ownHosts(_ host: String) { #expect(status(local, "/api", ["host": host]) == nil) }

    @Test(
        "Other names, ports and none are refused: a name of somebody's may lead here",
        arguments: [
            "evil.example:4000", "127.0.0.1", "127.0.0.1:4001", "localhost:4000.evil.example", "evil.example", "",
            "192.168.0.9:4000",
            "127.0.0.1:4000:4000", "localhost", "0.0.0.0:4000",
        ])
    func otherHosts(_ host: String) { #expect(status(local, "/api", ["host": host]) == 421) }

    @Test("A request without a host, or with two, is refused")
    func noHost() {
        #expect(status(local, "/", [:]) == 421)
        var request = PageRequest(method: "GET", path: "/", headers: ["host": "localhost:4000"])
        request.isAmbiguous = true
        #expect(local.refusal(of: request)?.status == 400)
    }

    @Test("Pages of other sites are refused, by origin and by what the browser says of the site")
    func origins() {
        let host = ["host": "localhost:4000"]
        func with(_ name: String, _ value: String) -> [String: String] { host.merging([name: value]) { $1 } }
        #expect(status(local, "/api/sessions", with("origin", "http://localhost:4000")) == nil)
        for origin in ["http://evil.example", "https://localhost:4000", "null", "http://localhost:4001", "http://127.0.0.1:4000"]
        {
            #expect(status(local, "/api/sessions", with("origin", origin)) == 403, "\(origin)")
        }
        #expect(status(local, "/api/sessions", with("sec-fetch-site", "same-origin")) == nil)
        for site in ["cross-site", "same-site"] {
            #expect(status(local, "/api/sessions", with("sec-fetch-site", site)) == 403)
            #expect(status(local, "/", with("sec-fetch-site", site)) == nil)
        }
    }

    @Test("Where others may connect, every request carries the token")
    func tokens() {
        let open = PageGuard(address: "0.0.0.0", port: 80, token: "abc123")
        let host = ["host": "192.168.0.9"]
        func with(_ name: String, _ value: String) -> [String: String] { host.merging([name: value]) { $1 } }
        #expect(status(open, "/page.js", host) == 401)
        #expect(status(open, "/api", with("authorization", "Bearer abc123")) == nil)
        #expect(status(open, "/api", with("authorization", "Basic abc123")) == 401)
        #expect(status(open, "/api", with("authorization", "Bearer abc12")) == 401)
        #expect(status(open, "/api", with("cookie", "a=b; fss_token=abc123")) == nil)
        #expect(status(open, "/api", with("cookie", "xfss_token=abc123")) == 401)
        #expect(status(open, "/", host, token: "abc123") == nil)
        #expect(status(open, "/api", host, token: "abc123") == 401)
        #expect(status(open, "/api", ["host": "evil.example", "authorization": "Bearer abc123"]) == 421)
        #expect(status(open, "/api", ["host": "[fe80::1]:80", "authorization": "Bearer abc123"]) == nil)
    }

    @Test("Loopback addresses need no token")
    func loopback() {
        #expect(PageGuard.isLoopback("127.0.0.1") && PageGuard.isLoopback("::1") && PageGuard.isLoopback("127.1.2.3"))
        #expect(!PageGuard.isLoopback("0.0.0.0") && !PageGuard.isLoopback("::") && !PageGuard.isLoopback("192.168.0.9"))
    }
}

/// Which request is which.
@Suite("Routes of the page")
struct PageRouteTests {
    private func match(_ method: String, _ path: String) -> Result<PageMatch, PageRefusal> {
        PageMatch.of(PageRequest(method: method, path: path), in: PageService.routes)
    }

    private func status(_ method: String, _ path: String) -> Int? {
        if case .failure(let refusal) = match(method, path) { refusal.answer.status } else { nil }
    }

    @Test("Every route is found under its own path, and values are what stands there")
    func found() throws {
        for route in PageService.routes {
            let path = "/" + route.pattern.map { $0.hasPrefix(":") ? "x-\($0.dropFirst())" : $0 }.joined(separator: "/")
            let found = try match(route.method, path).get()
            #expect(found.route.pattern == route.pattern && found.values.allSatisfy { $0.hasPrefix("x-") })
        }
        #expect(try match("HEAD", "/").get().route.pattern == [])
        #expect(try match("PUT", "/api/sessions/a/photos/b/marks").get().values == ["a", "b"])
    }

    @Test("Other paths are nowhere, and paths of files lead to the page's own alone")
    func nowhere() {
        for path in ["/etc/passwd", "/..", "/../page.js", "/api/sessions/a/b", "/Page/page.js", "/page.js/x", "/%2e%2e/page.js"] {
            #expect(status("GET", path) == 404, "\(path)")
        }
        #expect(status("POST", "/page.js") == 405)
        #expect(status("TRACE", "/api/sessions") == 405)
        #expect(status("OPTIONS", "/api/sessions/a") == 405)
    }

    @Test("What is announced is refused before it is taken: by length, and by a media type that a form could send")
    func bodies() throws {
        func status(_ path: String, _ headers: [String: String]) throws -> Int? {
            let request = PageRequest(method: path.hasSuffix("marks") ? "PUT" : "POST", path: path, headers: headers)
            return try PageMatch.of(request, in: PageService.routes).get().refusal(of: request, limits: .init())?.status
        }
        let photos = "/api/sessions/a/photos"
        #expect(try status(photos, ["content-type": "image/png", "content-length": "33554432"]) == nil)
        #expect(try status(photos, ["content-type": "image/png", "content-length": "33554433"]) == 413)
        #expect(try status(photos, ["content-type": "image/png", "content-length": "99999999999999999999"]) == 413)
        #expect(try status(photos, ["content-type": "text/plain"]) == 415)
        #expect(try status(photos, [:]) == 415)
        #expect(try status("/api/sessions", ["content-length": "1"]) == 413)
        #expect(try status("\(photos)/b/marks", ["content-type": "application/json; charset=utf-8"]) == nil)
        #expect(try status("\(photos)/b/marks", ["content-type": "application/x-www-form-urlencoded"]) == 415)
    }
}
