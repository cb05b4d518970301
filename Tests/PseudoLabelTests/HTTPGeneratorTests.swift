import Datasets
import Foundation
import PseudoLabel
import Testing

@Suite("HTTP generator")
struct HTTPGeneratorTests {
    private let request = ImageRequest(prompt: "a \"cup\"", className: "cup", seed: 7, index: 0)
    private static let image = RGBImage(height: 3, width: 5, red: 10, green: 20, blue: 30)

    private static func base64() throws -> String {
        let file = FileManager.default.temporaryDirectory.appendingPathComponent("http-\(UUID().uuidString).png")
        defer { try? FileManager.default.removeItem(at: file) }
        try ImageFile.save(image, to: file)
        return try Data(contentsOf: file).base64EncodedString()
    }

    private func generator(
        _ server: ScriptedServer, _ form: HTTPGenerator.Form, attempts: Int = 2, timeout: Double = 10, limit: Int = 1 << 20
    ) throws -> HTTPGenerator {
        let endpoint = try Endpoint(
            server.address, timeout: timeout, attempts: attempts, backoff: 0.01, maximumBytes: limit)
        return HTTPGenerator(endpoint, form: form)
    }

    @Test("Both forms give the image", arguments: HTTPGenerator.Form.allCases)
    func forms(form: HTTPGenerator.Form) async throws {
        let text = try Self.base64()
        let body = form == .openAI ? #"{"data": [{"b64_json": "\#(text)"}]}"# : #"{"images": ["data:image/png;base64,\#(text)"]}"#
        let server = try ScriptedServer([.answer(body)])
        defer { server.stop() }
        #expect(try await generator(server, form).generate(request) == Self.image)
        let sent = try #require(server.requests.first)
        #expect(sent.contains(#"a \"cup\""#) && sent.contains(form == .openAI ? "512x512" : "\"seed\":7"))
    }

    @Test("An answer that is no good is asked for again, and named if it stays so")
    func wrong() async throws {
        let text = try Self.base64()
        let bad: [ScriptedServer.Behaviour] = [
            .answer(#"{"images": []}"#), .answer(#"{"images": ["***"]}"#), .answer(#"{"images": ["AAAA"]}"#), .answer(""),
            .answer(#"{"images": ["\#(text.dropLast(24))"]}"#), .closed, .cut("{\"images\": [\"", length: 9000),
        ]
        for behaviour in bad {
            let server = try ScriptedServer([behaviour, .answer(#"{"images": ["\#(text)"]}"#)])
            #expect(try await generator(server, .automatic1111).generate(request) == Self.image)
            server.stop()
            let stubborn = try ScriptedServer([behaviour])
            await #expect(throws: EndpointError.self) { _ = try await generator(stubborn, .automatic1111).generate(request) }
            #expect(stubborn.requests.count == 2)
            stubborn.stop()
        }
    }

    @Test("An address in the answer is fetched over HTTP only")
    func address() async throws {
        let server = try ScriptedServer([.answer(#"{"data": [{"url": "file:///etc/passwd"}]}"#)])
        defer { server.stop() }
        let error = await #expect(throws: EndpointError.self) { _ = try await generator(server, .openAI).generate(request) }
        guard case .address = error else { return #expect(Bool(false), "\(String(describing: error))") }
    }

    @Test("Answers that are too long, too slow or refusals")
    func limits() async throws {
        let long = try ScriptedServer([.answer(String(repeating: " ", count: 300_000))])
        let first = await #expect(throws: EndpointError.self) {
            _ = try await generator(long, .openAI, limit: 100_000).generate(request)
        }
        #expect(first == .tooLarge(url: long.address, limit: 100_000) && long.requests.count == 1)
        let slow = try ScriptedServer([.silent(seconds: 3600)])
        let second = await #expect(throws: EndpointError.self) {
            _ = try await generator(slow, .openAI, timeout: 0.3).generate(request)
        }
        #expect(second == .timeout(url: slow.address, seconds: 0.3, attempts: 2))
        let no = try ScriptedServer([.answer(status: 400, "bad size")])
        let third = await #expect(throws: EndpointError.self) { _ = try await generator(no, .openAI).generate(request) }
        #expect(third == .status(url: no.address, code: 400, message: "bad size", attempts: 1))
        for server in [long, slow, no] { server.stop() }
    }
}
