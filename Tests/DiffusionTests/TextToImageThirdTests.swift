internal import Diffusion
internal import Foundation
internal import SegModels
internal import TensorCore
internal import TestSupport
internal import Testing

/// Stable Diffusion 3's networks against diffusers' and transformers', element by element, gradients included.
@Suite("Text-to-image networks of version 3")
struct TextToImageThirdTests {
    private typealias Fixtures = TextToImageFixtures
    private static let near = Tolerance.elements(relative: 1e-3, absolute: 3e-5)
    private static let small = Tolerance.relativeNorm(1e-3)

    private static func transformer(_ name: String) throws -> MMDiT {
        var configuration = MMDiTConfiguration()
        (configuration.depth, configuration.heads, configuration.headWidth) = (3, 2, 8)
        (configuration.contextWidth, configuration.pooledWidth, configuration.largestGrid) = (24, 20, 12)
        configuration.dualBlocks = name == "medium" ? [0, 1] : []
        configuration.normalisesQueries = name != "plain"
        let network = try MMDiT(ParameterScope(), configuration)
        Formulas.randomise(network)
        let table = try #require(network.parameters.first { $0.path == "pos_embed.pos_embed" })
        table.value = Formulas.signed(table.path, table.shape) * 0.3
        return network
    }

    @Test("Transformer: outputs and gradients", arguments: ["large", "medium", "plain"])
    func transformer(_ name: String) throws {
        let golden = try Fixtures.golden("third")
        let network = try Self.transformer(name)
        let table = try #require(network.parameters.first { $0.path == "pos_embed.pos_embed" })
        table.isTrainable = false
        let x = Formulas.signed("latent16", [2, 10, 6, 16]).requiringGradient()
        let context = Formulas.signed("context24", [2, 7, 24]).requiringGradient()
        let pooled = Formulas.signed("pooled20", [2, 20]).requiringGradient()
        let y = network(x, timesteps: [987.4, 12], context: context, pooled: pooled)
        expectEqual(y, try golden.tensor("\(name).output"), "output", Self.near)
        let gradients = (y * Formulas.signed("grain16", [2, 10, 6, 16])).mean().gradients()
        expectEqual(try #require(gradients[x]), try golden.tensor("\(name).gradient.x"), "x", Self.small)
        expectEqual(try #require(gradients[context]), try golden.tensor("\(name).gradient.context"), "context", Self.small)
        expectEqual(try #require(gradients[pooled]), try golden.tensor("\(name).gradient.pooled"), "pooled", Self.small)
        try Fixtures.expectGradients(network, gradients, golden, name)
        let narrow = withoutGradients {
            network(
                x.detached().converted(to: .bfloat16), timesteps: [987.4, 12],
                context: context.detached().converted(to: .bfloat16),
                pooled: pooled.detached().converted(to: .bfloat16))
        }
        let problem = mismatch(narrow.converted(to: .float32), y, .relativeNorm(3e-2))
        #expect(problem == nil, "\(problem ?? "")")
    }

    @Test("T5: states and gradients; its table stands under either name")
    func t5() throws {
        let golden = try Fixtures.golden("third")
        var shape = T5EncoderShape()
        (shape.vocabulary, shape.width, shape.headWidth, shape.heads) = (100, 12, 6, 4)
        (shape.hidden, shape.depth) = (20, 3)
        let encoder = try T5Encoder(ParameterScope(), shape)
        Formulas.randomise(encoder)
        let sequences = (0..<2).map { row in (0..<70).map { (7 * $0 * $0 + 3 * $0 + row) % 100 } }
        let states = encoder(sequences)
        expectEqual(states, try golden.tensor("t5.states"), "states", Self.near)
        let gradients = (states * Formulas.signed("grain-t5", [2, 70, 12])).mean().gradients()
        try Fixtures.expectGradients(encoder, gradients, golden, "t5")
        var state = encoder.stateDict()
        state["encoder.embed_tokens.weight"] = state["shared.weight"]
        state["shared.weight"] = nil
        let other = try T5Encoder(ParameterScope(.loading), shape)
        try other.load(T5Encoder.canonical(state))
        #expect(other(sequences).scalars == withoutGradients { encoder(sequences) }.scalars)
    }

    @Test("CLIP's inner states and its text vector")
    func clip() throws {
        let golden = try Fixtures.golden("third")
        var shape = Fixtures.text
        (shape.depth, shape.projection, shape.activation) = (3, 10, .gelu)
        let tower = try CLIPTextTower(ParameterScope(.loading), shape)
        var state = StateDict()
        for name in Fixtures.textState().names {
            let own = try #require(Fixtures.textState().shape(of: name))
            state[name] = Formulas.weight(name, own)
            let third = name.replacingOccurrences(of: "layers.1.", with: "layers.2.")
            state[third] = Formulas.weight(third, own)
        }
        state["text_projection.weight"] = Formulas.weight("text_projection.weight", [10, 12])
        try tower.load(try CLIPTextTower.canonical(state))
        let count = shape.vocabulary
        let sequences = [
            [count - 2, 5, 80, 513, count - 1] + [Int](repeating: 0, count: 8),
            [count - 2, count - 1] + [Int](repeating: 0, count: 11),
        ]
        let found = tower(sequences)
        expectEqual(found.last, try golden.tensor("clip.last"), "last", Self.near)
        expectEqual(found.penultimate, try golden.tensor("clip.penultimate"), "penultimate", Self.near)
        expectEqual(try #require(found.pooled), try golden.tensor("clip.pooled"), "pooled", Self.near)
    }
}
