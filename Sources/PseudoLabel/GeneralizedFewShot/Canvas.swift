internal import Datasets
internal import SegModels
internal import TensorCore

/// A square that photos are laid on: the longer side fills it, the mean colour of ImageNet the rest, below and to the right.
struct Canvas {
    /// Pixels along each side.
    let side: Int

    init(side: Int, inputRule: InputRule) { self.side = inputRule.side(near: side) }

    /// The size of a photo on the canvas.
    func size(height: Int, width: Int) -> Size2D {
        let scale = Double(side) / Double(max(height, width))
        func scaled(_ extent: Int) -> Int { min(max(Int((Double(extent) * scale).rounded()), 1), side) }
        return Size2D(height: scaled(height), width: scaled(width))
    }

    /// A photo on the canvas.
    func image(_ photo: RGBImage) -> RGBImage {
        let size = size(height: photo.height, width: photo.width)
        let resized = photo.resized(height: size.height, width: size.width, filter: .bilinear)
        return resized.placed(y: 0, x: 0, height: side, width: side)
    }

    /// Scores of the canvas in the size of the photo, as CAPL and POP bring them there: to the canvas, cut, to the photo.
    func restored(_ scores: Tensor, height: Int, width: Int) -> Tensor {
        let size = size(height: height, width: width)
        return scores.resized(to: Size2D(side), alignCorners: true)
            .sliced(axis: 1, from: 0, count: size.height).sliced(axis: 2, from: 0, count: size.width)
            .resized(to: Size2D(height: height, width: width), alignCorners: true)
    }

    /// The cells of a map of the canvas that belong to the photo.
    func cropped(_ map: Tensor, height: Int, width: Int) -> Tensor {
        let size = size(height: height, width: width)
        func cells(_ extent: Int, of count: Int) -> Int { min(max((extent * count + side - 1) / side, 1), count) }
        return map.sliced(axis: 1, from: 0, count: cells(size.height, of: map.shape[1]))
            .sliced(axis: 2, from: 0, count: cells(size.width, of: map.shape[2]))
    }
}

extension RGBImage {
    /// ImageNet's mean colour, which networks see as nothing.
    private static let meanColor: [UInt8] = [124, 116, 104]

    /// A rectangle of the picture, which may reach beyond it on any side; what is beyond has the mean colour.
    func placed(y: Int, x: Int, height: Int, width: Int) -> RGBImage {
        var result = RGBImage(
            height: height, width: width, red: Self.meanColor[0], green: Self.meanColor[1], blue: Self.meanColor[2])
        let columns = max(x, 0)..<min(x + width, self.width)
        guard !columns.isEmpty else { return result }
        for row in max(y, 0)..<max(min(y + height, self.height), max(y, 0)) {
            let source = (row * self.width + columns.lowerBound) * 3
            let target = ((row - y) * width + columns.lowerBound - x) * 3
            result.pixels.replaceSubrange(target..<target + columns.count * 3, with: pixels[source..<source + columns.count * 3])
        }
        return result
    }
}

extension ClassMap {
    /// A rectangle of the map, which may reach beyond it on any side; what is beyond is void.
    func placed(y: Int, x: Int, height: Int, width: Int) -> ClassMap {
        var values = [Int32](repeating: ClassMap.void, count: height * width)
        for row in max(y, 0)..<max(min(y + height, self.height), max(y, 0)) {
            for column in max(x, 0)..<max(min(x + width, self.width), max(x, 0)) {
                values[(row - y) * width + column - x] = self.values[row * self.width + column]
            }
        }
        return ClassMap(height: height, width: width, values: values)
    }
}
