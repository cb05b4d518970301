/// The source index of the nearest-neighbour rule `floor(i * input / output)`, as torch and OpenCV have it.
func nearestIndices(input: Int, output: Int) -> [Int] {
    (0..<output).map { $0 * input / output }
}

/// Rearranges `channels`-wide pixels: output (x, y) takes input (columns[x], rows[y]).
func gather<Sample>(_ samples: [Sample], width: Int, channels: Int, columns: [Int], rows: [Int]) -> [Sample] {
    var output: [Sample] = []
    output.reserveCapacity(columns.count * rows.count * channels)
    for row in rows {
        for column in columns {
            let source = (row * width + column) * channels
            for channel in 0..<channels { output.append(samples[source + channel]) }
        }
    }
    return output
}

private func requireInside(y: Int, x: Int, height: Int, width: Int, of size: (height: Int, width: Int)) {
    let fitsAcross = x >= 0 && width > 0 && x + width <= size.width
    let fitsDown = y >= 0 && height > 0 && y + height <= size.height
    precondition(
        fitsAcross && fitsDown,
        "cropped: \(width)x\(height) at (\(x), \(y)) is outside of \(size.width)x\(size.height)")
}

extension RGBImage {
    /// A rectangle of the image.
    ///
    /// - Precondition: the rectangle is not empty and inside the image.
    public func cropped(y: Int, x: Int, height: Int, width: Int) -> RGBImage {
        requireInside(y: y, x: x, height: height, width: width, of: (self.height, self.width))
        let columns = Array(x..<(x + width))
        let rows = Array(y..<(y + height))
        return RGBImage(
            height: height, width: width,
            pixels: gather(pixels, width: self.width, channels: 3, columns: columns, rows: rows))
    }

    /// The image mirrored left to right.
    public func flippedHorizontally() -> RGBImage {
        let columns = Array((0..<width).reversed())
        return RGBImage(
            height: height, width: width,
            pixels: gather(pixels, width: width, channels: 3, columns: columns, rows: Array(0..<height)))
    }

    /// The image scaled without interpolation, for pixel art and masks drawn as pictures.
    public func resizedNearest(height newHeight: Int, width newWidth: Int) -> RGBImage {
        let columns = nearestIndices(input: width, output: newWidth)
        let rows = nearestIndices(input: height, output: newHeight)
        return RGBImage(
            height: newHeight, width: newWidth,
            pixels: gather(pixels, width: width, channels: 3, columns: columns, rows: rows))
    }
}

extension LabelMap {
    /// The map scaled by the nearest-neighbour rule `floor(i * input / output)` (torch, OpenCV; not Pillow).
    public func resized(height newHeight: Int, width newWidth: Int) -> LabelMap {
        let columns = nearestIndices(input: width, output: newWidth)
        let rows = nearestIndices(input: height, output: newHeight)
        return LabelMap(
            height: newHeight, width: newWidth,
            values: gather(values, width: width, channels: 1, columns: columns, rows: rows))
    }

    /// A rectangle of the map.
    ///
    /// - Precondition: the rectangle is not empty and inside the map.
    public func cropped(y: Int, x: Int, height: Int, width: Int) -> LabelMap {
        requireInside(y: y, x: x, height: height, width: width, of: (self.height, self.width))
        let columns = Array(x..<(x + width))
        let rows = Array(y..<(y + height))
        return LabelMap(
            height: height, width: width,
            values: gather(values, width: self.width, channels: 1, columns: columns, rows: rows))
    }

    /// The map mirrored left to right.
    public func flippedHorizontally() -> LabelMap {
        let columns = Array((0..<width).reversed())
        return LabelMap(
            height: height, width: width,
            values: gather(values, width: width, channels: 1, columns: columns, rows: Array(0..<height)))
    }
}

extension BinaryMask {
    /// The mask scaled by the nearest-neighbour rule `floor(i * input / output)` (torch, OpenCV; not Pillow).
    public func resized(height newHeight: Int, width newWidth: Int) -> BinaryMask {
        let columns = nearestIndices(input: width, output: newWidth)
        let rows = nearestIndices(input: height, output: newHeight)
        return BinaryMask(
            height: newHeight, width: newWidth,
            values: gather(values, width: width, channels: 1, columns: columns, rows: rows))
    }

    /// A rectangle of the mask.
    ///
    /// - Precondition: the rectangle is not empty and inside the mask.
    public func cropped(y: Int, x: Int, height: Int, width: Int) -> BinaryMask {
        requireInside(y: y, x: x, height: height, width: width, of: (self.height, self.width))
        let columns = Array(x..<(x + width))
        let rows = Array(y..<(y + height))
        return BinaryMask(
            height: height, width: width,
            values: gather(values, width: self.width, channels: 1, columns: columns, rows: rows))
    }

    /// The mask mirrored left to right.
    public func flippedHorizontally() -> BinaryMask {
        let columns = Array((0..<width).reversed())
        return BinaryMask(
            height: height, width: width,
            values: gather(values, width: width, channels: 1, columns: columns, rows: Array(0..<height)))
    }
}
