public import Datasets
internal import Foundation
public import TensorCore

/// Images from a text-to-image server.
public struct HTTPGenerator: ImageGenerator {
    /// The form of request and answer.
    public enum Form: String, Sendable, Hashable, Codable, CaseIterable {
        /// OpenAI's `POST …/images/generations`: `data[0].b64_json` or `data[0].url`. It knows no seed.
        case openAI = "openai"
        /// AUTOMATIC1111's `POST …/sdapi/v1/txt2img`: `images[0]` in base64.
        case automatic1111
    }

    /// What is asked for beside the prompt.
    public struct Settings: Hashable, RangedConfiguration {
        /// The model's name; nil leaves it to the server.
        @NullableKey public var model: String?
        /// Pixels.
        public var width = 512
        /// Pixels.
        public var height = 512
        /// Denoising steps; AUTOMATIC1111 only. 28 is the default of Stable Diffusion 3.5 Large.
        public var steps = 28
        /// Guidance; AUTOMATIC1111 only. 4.5 is the default of Stable Diffusion 3.5 Large.
        public var guidance = 4.5
        /// What is not wanted; AUTOMATIC1111 only.
        public var negativePrompt = ""

        public static let ranges: ConfigurationRanges = [
            "width": .whole(16...8192), "height": .whole(16...8192), "steps": .whole(1...10_000), "guidance": .real(0.0...1000.0),
        ]

        /// The defaults.
        public init() {}
    }

    /// Where images come from.
    public let endpoint: Endpoint
    /// The form.
    public let form: Form
    /// What is asked for.
    public let settings: Settings

    /// A generator.
    ///
    /// - Parameter endpoint: the whole address, such as `http://localhost:7860/sdapi/v1/txt2img`.
    public init(_ endpoint: Endpoint, form: Form, settings: Settings = Settings()) {
        (self.endpoint, self.form, self.settings) = (endpoint, form, settings)
    }

    public var identity: String {
        let model = settings.model ?? "model of the server"
        let size = "\(settings.width)x\(settings.height)"
        let common = "http \(form.rawValue) \(endpoint.shownURL) \(model) \(size)"
        guard form == .automatic1111 else { return common }
        return "\(common) steps \(settings.steps) guidance \(settings.guidance) negative \(settings.negativePrompt)"
    }

    /// - Throws: ``EndpointError``, `CancellationError`.
    public func generate(_ request: ImageRequest) async throws -> RGBImage {
        switch form {
        case .openAI: try await openAI(request)
        case .automatic1111: try await automatic1111(request)
        }
    }

    private func openAI(_ request: ImageRequest) async throws -> RGBImage {
        let body = OpenAIBody(model: settings.model, prompt: request.prompt, size: "\(settings.width)x\(settings.height)")
        let found = try await endpoint.post(body) { data throws(EndpointError) -> Found in
            let reply = try endpoint.decode(OpenAIReply.self, from: data)
            guard let first = reply.data.first else { throw refusal("found no image in the answer") }
            if let text = first.b64_json { return .image(try image(text)) }
            guard let url = first.url else { throw refusal("found neither b64_json nor url in the answer") }
            return .address(url)
        }
        switch found {
        case .image(let image): return image
        case .address(let address):
            // No key goes along: the address may be anyone's.
            let place = try Endpoint(
                address, timeout: endpoint.timeout, attempts: endpoint.attempts, backoff: endpoint.backoff,
                maximumBytes: endpoint.maximumBytes)
            return try await place.get { data throws(EndpointError) in try decoded(Array(data), of: place) }
        }
    }

    private func automatic1111(_ request: ImageRequest) async throws -> RGBImage {
        let body = AutomaticBody(
            prompt: request.prompt, negative_prompt: settings.negativePrompt, seed: Int(request.seed & 0x7fff_ffff),
            steps: settings.steps, cfg_scale: settings.guidance, width: settings.width, height: settings.height,
            override_settings: settings.model.map { ["sd_model_checkpoint": $0] })
        return try await endpoint.post(body) { data throws(EndpointError) in
            let reply = try endpoint.decode(AutomaticReply.self, from: data)
            guard let text = reply.images.first else { throw refusal("found no image in the answer") }
            return try image(text)
        }
    }

    /// The image of a base64 text, with or without the head of a data address.
    private func image(_ text: String) throws(EndpointError) -> RGBImage {
        let start = text.hasPrefix("data:") ? text.firstIndex(of: ",").map { text.index(after: $0) } : text.startIndex
        guard let start, let bytes = Data(base64Encoded: String(text[start...]), options: .ignoreUnknownCharacters) else {
            throw refusal("found an image that is no base64")
        }
        return try decoded(Array(bytes), of: endpoint)
    }

    private func decoded(_ bytes: [UInt8], of place: Endpoint) throws(EndpointError) -> RGBImage {
        do {
            return try ImageFile.decode(bytes, name: "the image of \(place.shownURL)")
        } catch {
            throw .answer(url: place.shownURL, reason: "\(error)", attempts: 1)
        }
    }

    private func refusal(_ reason: String) -> EndpointError {
        .answer(url: endpoint.shownURL, reason: reason, attempts: 1)
    }

    private enum Found: Sendable {
        case image(RGBImage)
        case address(String)
    }

    private struct OpenAIBody: Encodable {
        var model: String?
        var prompt: String
        var size: String
        var n = 1
    }

    private struct OpenAIReply: Decodable {
        struct Item: Decodable {
            var b64_json: String?
            var url: String?
        }
        var data: [Item]
    }

    private struct AutomaticBody: Encodable {
        var prompt: String
        var negative_prompt: String
        var seed: Int
        var steps: Int
        var cfg_scale: Double
        var width: Int
        var height: Int
        var override_settings: [String: String]?
    }

    private struct AutomaticReply: Decodable { var images: [String] }
}
