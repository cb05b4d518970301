internal import Foundation

/// Prompts from a language model behind any endpoint that speaks OpenAI's chat form: `POST …/chat/completions`.
///
/// The model is told what was accepted and refused last, and asked for a JSON list of texts. An answer that holds none is asked
/// for again, as a connection that fails is; what names the class is kept.
public struct ChatProposer: PromptProposer {
    /// How many accepted and refused prompts the model is shown at most, of each the last.
    public static let shownPrompts = 40

    /// Where it is asked.
    public let endpoint: Endpoint
    /// The model's name.
    public let model: String
    /// How freely it answers; nil leaves that to the server.
    public let temperature: Double?

    /// A proposer.
    ///
    /// - Parameters:
    ///   - base: the address before `/chat/completions`, such as `http://localhost:11434/v1`.
    ///   - model: the model's name at the endpoint.
    ///   - keyVariable: the environment variable with the key; nil where none is needed.
    ///   - temperature: nil leaves it to the server.
    ///   - timeout: seconds for one answer.
    ///   - attempts: how often an answer is asked for.
    ///   - backoff: seconds before the second attempt, doubled before each further one.
    /// - Throws: ``EndpointError`` for an address that is none.
    public init(
        base: String, model: String, keyVariable: String? = nil, temperature: Double? = nil, timeout: Double = 120,
        attempts: Int = 4, backoff: Double = 1
    ) throws(EndpointError) {
        let trimmed = base.hasSuffix("/") ? String(base.dropLast()) : base
        let address = trimmed.hasSuffix("/chat/completions") ? trimmed : trimmed + "/chat/completions"
        endpoint = try Endpoint(
            address, keyVariable: keyVariable, timeout: timeout, attempts: attempts, backoff: backoff,
            maximumBytes: 8 << 20)
        (self.model, self.temperature) = (model, temperature)
    }

    public var identity: String {
        "chat \(endpoint.shownURL) \(model) temperature \(temperature.map { "\($0)" } ?? "of the server")"
    }

    /// - Throws: ``EndpointError``, `CancellationError`.
    public mutating func proposals(_ request: PromptRequest) async throws -> [String] {
        let body = Body(model: model, messages: Self.messages(request), temperature: temperature)
        let endpoint = endpoint
        return try await endpoint.post(body) { data throws(EndpointError) in
            let reply = try endpoint.decode(Reply.self, from: data)
            let prompts = Self.prompts(in: reply.choices.first?.message.content ?? "", className: request.className)
            if prompts.isEmpty {
                throw .answer(
                    url: endpoint.shownURL, reason: "found no JSON list of prompts that name \"\(request.className)\"",
                    attempts: 1)
            }
            return prompts
        }
    }

    private static func messages(_ request: PromptRequest) -> [Message] {
        let system = """
            You write prompts for a text-to-image model. Answer with a JSON array of strings and nothing else. Every prompt is one \
            sentence of at most 40 words that describes a realistic photo, contains the given class name word for word and shows \
            the object clearly. Vary appearance, place, viewpoint, distance, light and style.
            """
        var text = "Class name: \(request.className)\nWrite \(request.count) prompts."
        func list(_ title: String, _ prompts: [String]) {
            if prompts.isEmpty { return }
            text += "\n\(title):\n" + prompts.suffix(shownPrompts).map { "- \($0)" }.joined(separator: "\n")
        }
        list("Taken already, do not repeat their meaning", request.accepted)
        list("Refused, too much like one of those", request.refused)
        return [Message(role: "system", content: system), Message(role: "user", content: text)]
    }

    /// The prompts in a reply: the first JSON list in it, whatever stands around.
    static func prompts(in content: String, className: String) -> [String] {
        guard let start = content.firstIndex(of: "["), let end = content.lastIndex(of: "]"), start < end,
            let list = try? JSONDecoder().decode([String].self, from: Data(content[start...end].utf8))
        else { return [] }
        var known: Set<String> = []
        return list.map { $0.split(whereSeparator: \.isWhitespace).joined(separator: " ") }.filter {
            $0.count <= PromptFile.maximumLength && $0.localizedStandardContains(className) && known.insert($0).inserted
        }
    }

    private struct Message: Codable, Sendable {
        var role: String
        var content: String?
    }

    private struct Body: Encodable {
        var model: String
        var messages: [Message]
        var temperature: Double?
    }

    private struct Reply: Decodable, Sendable {
        struct Choice: Decodable, Sendable { var message: Message }
        var choices: [Choice]
    }
}
