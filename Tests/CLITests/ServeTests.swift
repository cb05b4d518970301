import Foundation
import Testing

/// The page's server as a process, asked over sockets.
@Suite("fss serve", .serialized)
struct ServeTests {
    /// A server that ends with the test.
    private final class Server {
        let process: Process
        let report: [String: Any]
        let port: UInt16

        init(_ arguments: [String] = [], in folder: TemporaryFolder) throws {
            let (process, output, errors) = try CommandLineTool.start(
                ["serve", "--json", "--threads", "1"] + arguments, in: folder.url)
            self.process = process
            var text = ""
            _ = CommandLineTool.wait(for: process) {
                text = (try? String(contentsOf: output, encoding: .utf8)) ?? ""
                return text.hasSuffix("}\n")
            }
            guard text.hasSuffix("}\n") else {
                process.terminate()
                throw RawClient.Failure(text: try String(contentsOf: errors, encoding: .utf8))
            }
            report = try jsonObject(text)
            port = UInt16(try #require(report["port"] as? Int))
        }

        deinit { if process.isRunning { process.terminate() } }

        func ask(_ method: String, _ path: String, _ headers: [String] = [], body: [UInt8] = []) throws -> RawClient.Answer {
            try RawClient.ask(port, method, path, headers, body: body)
        }

        func json(_ method: String, _ path: String, _ headers: [String] = [], body: [UInt8] = []) throws -> [String: Any] {
            let answer = try ask(method, path, headers, body: body)
            #expect((200..<300).contains(answer.status), "\(method) \(path): \(answer.text)")
            return try jsonObject(answer.text)
        }
    }

    @Test("The API's file names the formats that the server has")
    func formats() throws {
        let folder = try TemporaryFolder()
        let server = try Server(in: folder)
        let formats = try #require(try server.json("GET", "/api")["formats"] as? [String])
        let file = try server.json("GET", "/openapi.json")
        let path = (file["paths"] as? [String: Any])?["/api/sessions/{session}/exports/{format}"] as? [String: Any]
        let parameters = try #require(path?["parameters"] as? [[String: Any]])
        let format = try #require(parameters.first { $0["name"] as? String == "format" })
        #expect((format["schema"] as? [String: Any])?["enum"] as? [String] == formats)
    }

    @Test("Drawn photos, a box, a result, a concept and exports, over the API alone; Ctrl-C ends it")
    func story() throws {
        let folder = try TemporaryFolder()
        let server = try Server(in: folder)
        let page = try server.ask("GET", "/")
        #expect(page.status == 200 && page.text.contains("<html") && page.headers["content-security-policy"] != nil)
        let id = try #require(try server.json("POST", "/api/sessions")["id"] as? String)
        let session = "/api/sessions/\(id)"
        #expect(try server.ask("POST", "\(session)/examples").status == 201)
        let marks = #"{"height": 384, "width": 384, "boxes": [[100, 100, 260, 260]]}"#
        let kind = ["Content-Type: application/json"]
        _ = try server.json("PUT", "\(session)/photos/p1/marks", kind, body: Array(marks.utf8))
        let result = try server.json("POST", "\(session)/photos/p2/result")
        #expect((result["mask"] as? [Int])?.reduce(0, +) == 384 * 384)
        _ = try server.json("PATCH", session, kind, body: Array(#"{"concept": "thing"}"#.utf8))
        let concept = try server.ask("GET", "\(session)/concept")
        #expect(concept.status == 200 && concept.body.prefix(2) == [0x50, 0x4b])
        let added = try server.json(
            "POST", "\(session)/concept", ["Content-Type: application/octet-stream"], body: concept.body)
        #expect((added["photos"] as? [Any])?.count == 4 && added["concept"] as? String == "thing")
        #expect(try server.ask("GET", "\(session)/exports/coco").body.prefix(2) == [0x50, 0x4b])
        #expect(try server.ask("DELETE", session).status == 204)
        #expect(try server.ask("GET", session).status == 404)
        #expect(CommandLineTool.interrupt(server.process) == 0)
    }

    @Test("Other hosts, other pages, other paths and broken requests are refused, and the server goes on")
    func refusals() throws {
        let server = try Server(in: try TemporaryFolder())
        let port = server.port
        #expect(try RawClient.ask(port, "GET", "/", host: "evil.example").status == 421)
        #expect(try server.ask("POST", "/api/sessions", ["Origin: http://evil.example"]).status == 403)
        #expect(try server.ask("GET", "/../../etc/passwd").status == 404)
        let id = try #require(try server.json("POST", "/api/sessions")["id"] as? String)
        let photos = "/api/sessions/\(id)/photos"
        #expect(try server.ask("POST", photos, ["Content-Type: image/png"], body: Array("no photo".utf8)).status == 422)
        #expect(try server.ask("POST", photos, ["Content-Type: text/plain"], body: [1]).status == 415)
        let marks = ["Content-Type: application/json"]
        #expect(try server.ask("PUT", "\(photos)/p1/marks", marks, body: Array("[[[[[".utf8)).status == 422)
        for text in [
            "\0\u{1}\u{2}", "GET / HTTP/9.9\r\n\r\n", "POST /api HTTP/1.1\r\nHost: x\r\nContent-Length: -5\r\n\r\n", "GET /",
        ] {
            _ = try? RawClient.exchange(port, Array(text.utf8))
        }
        let long = "GET / HTTP/1.1\r\nHost: localhost:\(port)\r\nX: \(String(repeating: "x", count: 100_000))\r\n\r\n"
        let refused = try? RawClient.exchange(port, Array(long.utf8))
        #expect(refused.map { $0.status >= 400 } ?? true)
        #expect(try server.ask("GET", "/api").status == 200)
        #expect(server.process.isRunning)
    }

    @Test("With --host every request needs the token that is printed")
    func token() throws {
        let server = try Server(["--host", "0.0.0.0"], in: try TemporaryFolder())
        let token = try #require(server.report["token"] as? String)
        #expect(token.count == 32)
        #expect(try server.ask("GET", "/").status == 401)
        #expect(try server.ask("GET", "/page.js").status == 401)
        #expect(try server.ask("POST", "/api/sessions").status == 401)
        #expect(try server.ask("POST", "/api/sessions", ["Authorization: Bearer \(token)"]).status == 201)
        let entry = try server.ask("GET", "/?token=\(token)")
        #expect(entry.status == 303 && entry.headers["location"] == "/")
        #expect(entry.headers["set-cookie"]?.contains("HttpOnly; SameSite=Strict") == true)
        #expect(try server.ask("GET", "/page.js", ["Cookie: fss_token=\(token)"]).status == 200)
    }

    @Test("A port that is taken and an address that is none end the command with their names")
    func unusable() throws {
        let folder = try TemporaryFolder()
        let server = try Server(in: folder)
        for arguments in [["--port", "\(server.port)"], ["--host", "sofa.example"]] {
            let result = try CommandLineTool.run(["serve"] + arguments, in: folder.url)
            #expect(result.code == 64 && result.errors.contains(arguments[1]), "\(result.errors)")
        }
    }
}
