internal import Datasets
internal import Foundation
internal import TensorCore

extension SessionResult.Shades {
    /// A map of 0...1 in 256 shades.
    init(_ map: ScalarMap) {
        height = map.height
        width = map.width
        let bytes = map.values.map { $0 > 0 ? UInt8((min($0, 1) * 255).rounded()) : 0 }
        values = Data(bytes).base64EncodedString()
    }
}

extension BinaryMask {
    /// The mask at another size, its border interpolated.
    func smoothlyResized(height newHeight: Int, width newWidth: Int) -> BinaryMask {
        withoutGradients {
            let values = values.map { $0 ? Float(1) : 0 }
            let map = Tensor(values, shape: [1, height, width, 1])
            return ScalarMap(map.resized(to: Size2D(height: newHeight, width: newWidth), .bilinear)).mask(from: 0.5)
        }
    }
}
