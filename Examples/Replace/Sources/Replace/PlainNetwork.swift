import SegModels

/// Strided convolutions and nothing else.
struct PlainNetwork: StagedFamily {
    static let family = "plain"
    var width = 16
    var defaultTaps: [String] { ["conv2", "conv3", "conv4"] }

    func build(_ network: inout NetworkLayout) {
        for (index, stride) in [2, 2, 2, 2, 1].enumerated() {
            let name = "conv\(index)"
            network.convolution(
                network.scope[name], outputs: width << index, tap: name, .init(kernel: 3, stride: stride, bias: true))
        }
    }
}
