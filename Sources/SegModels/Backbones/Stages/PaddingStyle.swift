internal import TensorCore

/// Where the zeros around an image go.
public enum PaddingStyle: String, Sendable, Hashable, Codable {
    /// The same on both sides, as PyTorch and Caffe do.
    case symmetric
    /// As TensorFlow's "SAME": just what makes the output `ceil(input / stride)`, the odd one at the bottom and right.
    case tensorFlow = "tensorflow"

    /// `options` with the padding that an input `[N, H, W, C]` gets.
    func options(_ options: ConvolutionOptions, kernel: Size2D, input: Shape) -> ConvolutionOptions {
        guard self == .tensorFlow else { return options }
        func total(_ size: Int, _ stride: Int, _ kernel: Int) -> Int {
            let covered = ((size + stride - 1) / stride - 1) * stride + kernel
            return max(covered - size, 0)
        }
        let rows = total(input[1], options.stride.height, kernel.height)
        let columns = total(input[2], options.stride.width, kernel.width)
        var result = options
        result.padding = EdgeInsets2D(
            top: rows / 2, bottom: rows - rows / 2, left: columns / 2, right: columns - columns / 2)
        return result
    }
}
