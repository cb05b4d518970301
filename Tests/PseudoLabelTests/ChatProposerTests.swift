import Foundation
import PseudoLabel
import Testing

#if canImport(Glibc)
import Glibc
#endif

@Suite("Chat proposer")
struct ChatProposerTests {
    private let request = PromptRequest(className: "cup", count: 3, accepted: ["a cup on a desk"], refused: ["a cup"])

    private func proposer(
        _ server: ScriptedServer, key: String? = nil, timeout: Double = 10, attempts: Int = 2
    ) throws -> ChatProposer {
        try ChatProposer(
            base: server.address, model: "m", keyVariable: key, timeout: timeout, attempts: attempts, backoff: 0.01)
    }

    private static func reply(_ content: String) -> String {
        let escaped = content.replacing("\\", with: "\\\\").replacing("\"", with: "\\\"").replacing("\n", with: "\\n")
        return #"{"choices": [{"message": {"role": "assistant", "content": "\#(escaped)"}}]}"#
    }

    @Test("The list of an answer is taken, and what does not name the class is left out")
    func list() async throws {
        let content = "Here:\n```json\n[\"a red cup\", \"a dog\", \"a  Cup\\nby a window\", \"a red cup\"]\n```"
        let server = try ScriptedServer([.answer(Self.reply(content))])
        defer { server.stop() }
        var proposer = try proposer(server)
        let prompts = try await proposer.proposals(request)
        #expect(prompts == ["a red cup", "a Cup by a window"])
        let sent = try #require(server.requests.first)
        #expect(sent.hasPrefix("POST /v1/chat/completions ") && sent.contains("a cup on a desk") && sent.contains("Refused"))
        #expect(!sent.lowercased().contains("authorization"))
    }

    @Test(
        "A first answer that is no good is asked for again",
        arguments: [
            ScriptedServer.Behaviour.answer("{\"choices\": [{\"mess"), .answer("[]"), .answer(reply("I cannot do that.")),
            .answer(status: 503, "busy"), .answer(status: 429, ""), .cut("{\"choices\"", length: 5000), .closed,
        ])
    func again(first: ScriptedServer.Behaviour) async throws {
        let server = try ScriptedServer([first, .answer(Self.reply("[\"a cup\"]"))])
        defer { server.stop() }
        var proposer = try proposer(server)
        #expect(try await proposer.proposals(request) == ["a cup"])
        #expect(server.requests.count == 2)
    }

    @Test("A server that stays wrong ends in a typed error after the attempts")
    func wrong() async throws {
        let server = try ScriptedServer([.answer("<html>")])
        defer { server.stop() }
        var proposer = try proposer(server, attempts: 3)
        let error = await #expect(throws: EndpointError.self) { _ = try await proposer.proposals(request) }
        guard case .answer(_, _, attempts: 3) = error else { return #expect(Bool(false), "\(String(describing: error))") }
    }

    @Test("A refusal is not repeated, and its message does not show the key that the server sends back")
    func refused() async throws {
        setenv("FSS_TEST_CHAT_KEY", "sk-very-secret", 1)
        let server = try ScriptedServer([.answer(status: 401, "bad key sk-very-secret\n")])
        defer { server.stop() }
        var proposer = try proposer(server, key: "FSS_TEST_CHAT_KEY")
        let error = await #expect(throws: EndpointError.self) { _ = try await proposer.proposals(request) }
        let text = "\(String(describing: error)) \(proposer) \(proposer.identity)"
        #expect(text.contains("401") && !text.contains("secret"))
        #expect(server.requests.count == 1 && server.requests[0].contains("Bearer sk-very-secret"))
    }

    @Test("A server that says nothing, or drips for ever, is left in time", .timeLimit(.minutes(10)), arguments: [false, true])
    func slow(drips: Bool) async throws {
        let server = try ScriptedServer([drips ? .drip(seconds: 3600) : .silent(seconds: 3600)])
        defer { server.stop() }
        var proposer = try proposer(server, timeout: 0.4, attempts: 2)
        let error = await #expect(throws: EndpointError.self) { _ = try await proposer.proposals(request) }
        guard case .timeout(_, _, attempts: 2) = error else { return #expect(Bool(false), "\(String(describing: error))") }
    }

    @Test("Nobody listens")
    func nobody() async throws {
        let server = try ScriptedServer([.closed])
        server.stop()
        var proposer = try proposer(server)
        let error = await #expect(throws: EndpointError.self) { _ = try await proposer.proposals(request) }
        guard case .connection(_, _, attempts: 2) = error else { return #expect(Bool(false), "\(String(describing: error))") }
    }

    @Test("A missing key is named, not sent")
    func missingKey() async throws {
        let server = try ScriptedServer([.closed])
        defer { server.stop() }
        var proposer = try proposer(server, key: "FSS_TEST_NO_SUCH_KEY")
        await #expect(throws: EndpointError.key(variable: "FSS_TEST_NO_SUCH_KEY")) { _ = try await proposer.proposals(request) }
        #expect(server.requests.isEmpty)
    }

    @Test("Addresses that are none", arguments: ["", "cup", "file:///etc/passwd", "http://me:word@host/v1", "http:///v1"])
    func addresses(address: String) {
        let error = #expect(throws: EndpointError.self) { _ = try ChatProposer(base: address, model: "m") }
        #expect(!"\(String(describing: error))".contains("me:word"))
    }

    @Test("A run that is cancelled ends at once", .timeLimit(.minutes(10)))
    func cancelled() async throws {
        let server = try ScriptedServer([.silent(seconds: 3600)])
        defer { server.stop() }
        let proposer = try proposer(server, timeout: 3600)
        let request = request
        let task = Task {
            var proposer = proposer
            return try await proposer.proposals(request)
        }
        try await Task.sleep(for: .seconds(0.2))
        task.cancel()
        await #expect(throws: CancellationError.self) { _ = try await task.value }
    }
}
