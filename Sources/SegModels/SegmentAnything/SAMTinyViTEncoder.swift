public import TensorCore

/// MobileSAM's image encoder. Batch normalisation has its running statistics, which are folded into the convolutions where no
/// parameter is trained.
///
/// State dict as `mobile_sam.pt`: `patch_embed.seq.{0,2}`, `layers.{i}.blocks.{j}`, `layers.{i}.downsample.conv{1-3}`, `neck.{0-3}`;
/// a convolution is `c`, the normalisation after it `bn`.
public final class SAMTinyViTEncoder: SAMEncoder {
    public let scope: ParameterScope
    private let stem: [ConvolutionUnit]
    private let stages: [[any SAMTinyViTPart]]
    private let neck: SAMNeck

    /// Registers the encoder.
    public init(_ scope: ParameterScope, _ shape: SAMTinyViT, channels: Int) {
        let (patches, layers) = (scope["patch_embed"]["seq"], scope["layers"])
        self.scope = scope
        stem = [
            .tinyViT(patches[0], inputs: 3, outputs: shape.width / 2, kernel: 3, stride: 2),
            .tinyViT(patches[2], inputs: shape.width / 2, outputs: shape.width, kernel: 3, stride: 2, activation: .none),
        ]
        var stages: [[any SAMTinyViTPart]] = [
            (0..<shape.depth).map {
                SAMTinyViTBottleneck(layers[0]["blocks"][$0], width: shape.width, hidden: shape.width * shape.expansion)
            }
        ]
        var width = shape.width
        for (index, stage) in shape.stages.enumerated() {
            let isLast = index == shape.stages.count - 1
            stages[index].append(
                SAMTinyViTMerging(layers[index]["downsample"], inputs: width, outputs: stage.width, stride: isLast ? 1 : 2))
            stages.append(
                (0..<stage.depth).map {
                    SAMTinyViTBlock(layers[index + 1]["blocks"][$0], stage, hidden: stage.width * shape.feedForward)
                })
            width = stage.width
        }
        self.stages = stages
        neck = SAMNeck(scope["neck"], width: width, channels: channels)
    }

    public func callAsFunction(_ x: Tensor) -> Tensor {
        let embedded = stem.reduce(x) { $1($0, train: false) }
        return neck(stages.joined().reduce(embedded) { $1($0) })
    }
}

/// A part of the encoder between maps.
private protocol SAMTinyViTPart: Sendable {
    func callAsFunction(_ x: Tensor) -> Tensor
}

extension ConvolutionUnit {
    /// A convolution with the names of TinyViT; of a depthwise one `groups` is the number of channels.
    fileprivate static func tinyViT(
        _ scope: ParameterScope, inputs: Int, outputs: Int, kernel: Int = 1, stride: Int = 1, groups: Int = 1,
        activation: FusedActivation = .geluErf
    ) -> ConvolutionUnit {
        let options = Options(kernel: kernel, stride: stride, groups: groups, activation: activation)
        return ConvolutionUnit(scope["c"], norm: scope["bn"], inputs: inputs, outputs: outputs, options)
    }
}

/// Widen, filter every channel, narrow; GELU after the sum with the input.
private final class SAMTinyViTBottleneck: SAMTinyViTPart {
    private let widen: ConvolutionUnit
    private let filter: ConvolutionUnit
    private let narrow: ConvolutionUnit

    init(_ scope: ParameterScope, width: Int, hidden: Int) {
        widen = .tinyViT(scope["conv1"], inputs: width, outputs: hidden)
        filter = .tinyViT(scope["conv2"], inputs: hidden, outputs: hidden, kernel: 3, groups: hidden)
        narrow = .tinyViT(scope["conv3"], inputs: hidden, outputs: width)
    }

    func callAsFunction(_ x: Tensor) -> Tensor {
        narrow(filter(widen(x, train: false), train: false), residual: x, train: false)
    }
}

/// Three convolutions to the next stage's channels and resolution.
private final class SAMTinyViTMerging: SAMTinyViTPart {
    private let convolutions: [ConvolutionUnit]

    init(_ scope: ParameterScope, inputs: Int, outputs: Int, stride: Int) {
        convolutions = [
            .tinyViT(scope["conv1"], inputs: inputs, outputs: outputs),
            .tinyViT(scope["conv2"], inputs: outputs, outputs: outputs, kernel: 3, stride: stride, groups: outputs),
            .tinyViT(scope["conv3"], inputs: outputs, outputs: outputs, activation: .none),
        ]
    }

    func callAsFunction(_ x: Tensor) -> Tensor { convolutions.reduce(x) { $1($0, train: false) } }
}

/// Attention within windows, a depthwise convolution between them, and a feed-forward part.
private final class SAMTinyViTBlock: SAMTinyViTPart {
    private let attention: SAMTinyViTAttention
    private let local: ConvolutionUnit
    private let norm: LayerNorm
    private let expansion: Linear
    private let contraction: Linear
    private let window: Int

    init(_ scope: ParameterScope, _ stage: SAMTinyViT.Stage, hidden: Int) {
        attention = SAMTinyViTAttention(scope["attn"], stage)
        local = .tinyViT(
            scope["local_conv"], inputs: stage.width, outputs: stage.width, kernel: 3, groups: stage.width, activation: .none)
        norm = LayerNorm(scope["mlp"]["norm"], width: stage.width)
        expansion = Linear(scope["mlp"]["fc1"], inputs: stage.width, outputs: hidden)
        contraction = Linear(scope["mlp"]["fc2"], inputs: hidden, outputs: stage.width)
        window = stage.window
    }

    func callAsFunction(_ x: Tensor) -> Tensor {
        let y = local(x + x.mappingWindows(side: window) { attention($0) }, train: false)
        return y + contraction(expansion(norm(y), activation: .geluErf))
    }
}
