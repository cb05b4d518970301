internal import Diffusion
internal import Foundation
internal import TensorCore
internal import TestSupport
internal import Testing

/// UNet, ControlNet and autoencoder against diffusers', element by element, gradients included.
@Suite("Text-to-image networks")
struct TextToImageNetworkTests {
    private typealias Fixtures = TextToImageFixtures
    private static let near = Tolerance.elements(relative: 1e-3, absolute: 2e-5)
    private static let small = Tolerance.relativeNorm(1e-3)

    private static var latent: Tensor { Formulas.signed("latent", [2, 6, 10, 4]) }
    private static var context: Tensor { Formulas.signed("context", [2, 5, 12]) }
    private static var grain: Tensor { Formulas.signed("grain", [2, 6, 10, 4]) }

    private static func unet(_ name: String) throws -> LatentUNet {
        var configuration = Fixtures.unet
        if name == "unet-linear" {
            (configuration.usesLinearProjection, configuration.upcastsAttention) = (true, true)
            (configuration.heads, configuration.depths) = ([2, 4, 8], [2, 2, 2])
            (configuration.sinesFirst, configuration.frequencyShift) = (true, 1)
        }
        let unet = try LatentUNet(ParameterScope(), configuration)
        Formulas.randomise(unet)
        return unet
    }

    @Test("UNet: outputs and gradients", arguments: ["unet", "unet-linear"])
    func unet(_ name: String) throws {
        let golden = try Fixtures.golden("networks")
        let unet = try Self.unet(name)
        let x = Self.latent.requiringGradient()
        let context = Self.context.requiringGradient()
        let y = unet(x, timesteps: [951, 17], context: context)
        expectEqual(y, try golden.tensor("\(name).output"), "output", Self.near)
        let gradients = (y * Self.grain).mean().gradients()
        expectEqual(try #require(gradients[x]), try golden.tensor("\(name).gradient.x"), "x", Self.small)
        expectEqual(try #require(gradients[context]), try golden.tensor("\(name).gradient.context"), "context", Self.small)
        try Fixtures.expectGradients(unet, gradients, golden, name)
        let fused = withoutGradients { unet(Self.latent, timesteps: [951, 17], context: Self.context) }
        expectEqual(fused, y, "without gradients", Self.near)
    }

    @Test("A new ControlNet adds nothing, and learns from its picture with the first step")
    func newControl() throws {
        var shape = Fixtures.control
        shape.hintChannels = [16, 32, 64, 64]
        let network = try ControlNet(ParameterScope(seed: 3), shape)
        func residuals(_ picture: Tensor) -> LatentUNet.Residuals {
            network(Self.latent, timesteps: [951, 17], context: Self.context, picture: picture)
        }
        let black = Tensor(zeros: [2, 48, 80, 3])
        // A white frame of two pixels on black, as thin as outlines are.
        let line = Tensor(ones: [2, 2, 80, 3])
        let frame = Tensor.concatenated([line, Tensor(zeros: [2, 44, 80, 3]), line], axis: 1)
        let fresh = residuals(frame)
        #expect((fresh.skips + [fresh.middle]).allSatisfy { $0.scalars.allSatisfy { $0 == 0 } })
        // Its zeros are taken away: what comes out then depends on the picture by more than rounding.
        let zeros = network.parameters.filter { $0.path.hasPrefix("controlnet_down") && $0.path.hasSuffix("weight") }
        #expect(!zeros.isEmpty)
        for parameter in zeros { parameter.value = Tensor(ones: parameter.shape) }
        for (first, second) in zip(residuals(frame).skips, residuals(black).skips) {
            let change = (first - second).scalars.reduce(0) { max($0, abs($1)) }
            let size = second.scalars.reduce(0) { max($0, abs($1)) }
            #expect(change > 0.002 * size, "\(change) of \(size)")
        }
    }

    @Test("ControlNet: residuals, gradients, and the UNet that they steer")
    func control() throws {
        let golden = try Fixtures.golden("networks")
        let network = try ControlNet(ParameterScope(), Fixtures.control)
        Formulas.randomise(network)
        let unet = try Self.unet("unet")
        let x = Self.latent.requiringGradient()
        let picture = ((Formulas.signed("picture", [2, 48, 80, 3]) + 1) / 2).requiringGradient()
        let residuals = network(x, timesteps: [951, 17], context: Self.context, picture: picture, strengths: [0.7])
        for (index, skip) in residuals.skips.enumerated() {
            expectEqual(skip, try golden.tensor("control.\(index)"), "skip \(index)", Self.near)
        }
        expectEqual(residuals.middle, try golden.tensor("control.middle"), "middle", Self.near)
        let y = unet(x, timesteps: [951, 17], context: Self.context, residuals: residuals)
        expectEqual(y, try golden.tensor("controlled.output"), "output", Self.near)
        let gradients = (y * Self.grain).mean().gradients()
        expectEqual(try #require(gradients[x]), try golden.tensor("controlled.gradient.x"), "x", Self.small)
        let inPicture = try #require(gradients[picture]) * Formulas.signed("picture-probe", [2, 48, 80, 3])
        expectEqual(
            inPicture.sum().reshaped(to: [1]), try golden.tensor("controlled.gradient.picture.sum"), "picture",
            .elements(relative: 3e-3, absolute: 1e-6))
        try Fixtures.expectGradients(network, gradients, golden, "control")
        let fading = withoutGradients {
            network(
                Self.latent, timesteps: [951, 17], context: Self.context, picture: picture.detached(),
                strengths: network.fading(0.7))
        }
        expectEqual(fading.skips[0], try golden.tensor("control.guess.0"), "finest in guess mode", Self.near)
        expectEqual(fading.middle, try golden.tensor("control.guess.middle"), "middle in guess mode", Self.near)
    }

    @Test("Autoencoder: distributions, pictures and gradients", arguments: [("vae4", 4), ("vae16", 16)])
    func autoencoder(_ name: String, _ channels: Int) throws {
        let golden = try Fixtures.golden("autoencoders")
        let network = try LatentAutoencoder(
            ParameterScope(), Fixtures.autoencoder(channels: channels, hasQuantizers: channels == 4))
        Formulas.randomise(network)
        let picture = Formulas.signed("image", [2, 40, 24, 3]).requiringGradient()
        let found = network.encoded(picture)
        let y = network.decoded(found.mean)
        expectEqual(found.mean, try golden.tensor("\(name).mean"), "mean", Self.near)
        expectEqual(found.logVariance, try golden.tensor("\(name).logvar"), "log variance", Self.near)
        expectEqual(y, try golden.tensor("\(name).decoded"), "decoded", Self.near)
        let loss = (y * Formulas.signed("grain-image", [2, 40, 24, 3])).mean() + found.logVariance.mean()
        let gradients = loss.gradients()
        expectEqual(try #require(gradients[picture]), try golden.tensor("\(name).gradient.image"), "picture", Self.small)
        try Fixtures.expectGradients(network, gradients, golden, name)
    }

    @Test("Tiles are diffusers', and one tile is the whole")
    func tiles() throws {
        let golden = try Fixtures.golden("autoencoders")
        let network = try LatentAutoencoder(ParameterScope(), Fixtures.autoencoder())
        Formulas.randomise(network)
        try withoutGradients {
            let latent = Formulas.signed("tiled-latent", [1, 7, 9, 4])
            let tiling = LatentTiling(side: 32)
            expectEqual(try network.decoded(latent, tiling: tiling), try golden.tensor("tiled.decoded"), "decoded", Self.near)
            let picture = Formulas.signed("tiled-image", [1, 56, 72, 3])
            let mean = try network.encoded(picture, tiling: tiling).mean
            expectEqual(mean, try golden.tensor("tiled.mean"), "mean", Self.near)
            expectEqual(try network.decoded(latent, tiling: LatentTiling(side: 96)), network.decoded(latent), "one tile")
        }
    }

    @Test("bfloat16 stays near float32")
    func narrow() throws {
        let unet = try Self.unet("unet")
        try withoutGradients {
            let wide = unet(Self.latent, timesteps: [951, 17], context: Self.context)
            let narrow = unet(
                Self.latent.converted(to: .bfloat16), timesteps: [951, 17], context: Self.context.converted(to: .bfloat16))
            #expect(narrow.dtype == .bfloat16)
            let problem = mismatch(narrow.converted(to: .float32), wide, .relativeNorm(3e-2))
            #expect(problem == nil, "\(problem ?? "")")
            let autoencoder = try LatentAutoencoder(ParameterScope(), Fixtures.autoencoder())
            #expect(autoencoder.decoded(Self.latent).shape == [2, 48, 80, 3])
        }
    }

    @Test("Numbers that make no network are refused with their key")
    func refusals() {
        func message(_ change: (inout UNetConfiguration) -> Void) -> String {
            var configuration = Fixtures.unet
            change(&configuration)
            do {
                try configuration.validate(source: "config.json")
                return ""
            } catch { return "\(error)" }
        }
        #expect(message { _ in }.isEmpty)
        #expect(message { $0.channels = [9, 16, 16] }.contains("block_out_channels"))
        #expect(message { $0.heads = [3, 2, 2] }.contains("attention_head_dim"))
        #expect(message { $0.depths = [1] }.contains("transformer_layers_per_block"))
        #expect(message { $0.groups = 0 }.contains("norm_num_groups"))
    }
}
