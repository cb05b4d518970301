internal import SegModels
internal import TensorCore
internal import TestSupport
internal import Testing

/// Colours as a joint space: a pixel's vector is its colour, a word's the colour that it names.
private final class ColourBackbone: JointSpaceBackbone {
    let scope = ParameterScope()
    let name = "colours"
    let preprocessing = Preprocessing(channelOrder: .rgb, scale: 1 / 255, mean: [0, 0, 0], std: [1, 1, 1])
    let precision = Precision.float32
    let levels = [FeatureLevel(tap: "pixels", channels: 3, stride: 2)]
    let space = "rgb"
    let dimension = 3

    func features(_ images: Tensor, train: Bool) -> [Tensor] {
        [preprocessing(images).averagePool2d(PoolingOptions(kernel: 2))]
    }

    func jointFeatures(_ images: Tensor) -> Tensor { features(images)[0] }
}

private final class ColourWords: TextEncoder {
    let scope = ParameterScope()
    let name = "colour words"
    let space: String
    let dimension = 3
    private let words: [String: [Float]] = ["red": [1, 0, 0], "yellow": [1, 1, 0], "blue": [0, 0, 1]]

    init(space: String = "rgb") { self.space = space }

    func encoded(_ texts: [String]) throws(TextEncoderError) -> Tensor {
        var rows: [Float] = []
        for text in texts {
            guard let row = words[text] else { throw .unusable(text: text, encoder: name, reason: "is no colour") }
            rows += row
        }
        return Tensor(rows, shape: [texts.count, dimension])
    }
}

@Suite("Joint spaces of pixels and texts")
struct JointSpaceTests {
    /// Two rows of blocks: red, blue; yellow, red.
    private static let photo = Tensor(
        [[255, 0, 0], [0, 0, 255], [255, 255, 0], [255, 0, 0]].map { $0.map { Float($0) } }.flatMap { $0 }, shape: [1, 2, 2, 3]
    ).resized(to: 4, .nearest)

    @Test("The cosine of a word and a pixel is largest where the word is shown")
    func cosines() throws {
        let (backbone, encoder) = (ColourBackbone(), ColourWords())
        #expect(backbone.shares(spaceOf: encoder) && !backbone.shares(spaceOf: ColourWords(space: "lab")))
        let texts = try encoder.encoded(["red", "yellow", "blue"])
        let pixels = backbone.jointFeatures(Self.photo)
        #expect(pixels.shape == [1, 2, 2, backbone.dimension] && texts.shape == [3, encoder.dimension])
        let query = QueryFeatures(pixels)
        let prototypes = Prototypes(foreground: texts, background: texts * 0, mean: texts * 0)
        let priors = ForegroundCosine().prior(prototypes, query).scalars
        let half = Float(0.5).squareRoot()
        let expected: [Float] = [1, 0, half, 1, half, 0, 1, half, 0, 1, 0, 0]
        #expect(zip(priors, expected).allSatisfy { abs($0 - $1) < 1e-4 }, "\(priors)")
    }

    @Test("A text without a vector is an error that names it")
    func unusable() {
        let error = #expect(throws: TextEncoderError.self) { try ColourWords().encoded(["red", "loud"]) }
        #expect(error.map { "\($0)" } == "text encoder colour words: \"loud\" is no colour")
    }
}
