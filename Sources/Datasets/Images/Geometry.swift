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

private func requireInside(x: Int, y: Int, width: Int, height: Int, of size: (width: Int, height: Int)) {
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
    public func cropped(x: Int, y: Int, width: Int, height: Int) -> RGBImage {
        requireInside(x: x, y: y, width: width, height: height, of: (self.width, self.height))
        let columns = Array(x..<(x + width))
        let rows = Array(y..<(y + height))
        return RGBImage(
            width: width, height: height,
            pixels: gather(pixels, width: self.width, channels: 3, columns: columns, rows: rows))
    }

    /// The image mirrored left to right.
    public func flippedHorizontally() -> RGBImage {
        let columns = Array((0..<width).reversed())
        return RGBImage(
            width: width, height: height,
            pixels: gather(pixels, width: width, channels: 3, columns: columns, rows: Array(0..<height)))
    }

    /// The image scaled without interpolation, for pixel art and masks drawn as pictures.
    public func resizedNearest(width newWidth: Int, height newHeight: Int) -> RGBImage {
        let columns = nearestIndices(input: width, output: newWidth)
        let rows = nearestIndices(input: height, output: newHeight)
        return RGBImage(
            width: newWidth, height: newHeight,
            pixels: gather(pixels, width: width, channels: 3, columns: columns, rows: rows))
    }
}

extension LabelMap {
    /// The map scaled by the nearest-neighbour rule `floor(i * input / output)` (torch, OpenCV; not Pillow).
    public func resized(width newWidth: Int, height newHeight: Int) -> LabelMap {
        let columns = nearestIndices(input: width, output: newWidth)
        let rows = nearestIndices(input: height, output: newHeight)
        return LabelMap(
            width: newWidth, height: newHeight,
            values: gather(values, width: width, channels: 1, columns: columns, rows: rows))
    }

    /// A rectangle of the map.
    ///
    /// - Precondition: the rectangle is not empty and inside the map.
    public func cropped(x: Int, y: Int, width: Int, height: Int) -> LabelMap {
        requireInside(x: x, y: y, width: width, height: height, of: (self.width, self.height))
        let columns = Array(x..<(x + width))
        let rows = Array(y..<(y + height))
        return LabelMap(
            width: width, height: height,
            values: gather(values, width: self.width, channels: 1, columns: columns, rows: rows))
    }

    /// The map mirrored left to right.
    public func flippedHorizontally() -> LabelMap {
        let columns = Array((0..<width).reversed())
        return LabelMap(
            width: width, height: height,
            values: gather(values, width: width, channels: 1, columns: columns, rows: Array(0..<height)))
    }
}

extension BinaryMask {
    /// The mask scaled by the nearest-neighbour rule `floor(i * input / output)` (torch, OpenCV; not Pillow).
    public func resized(width newWidth: Int, height newHeight: Int) -> BinaryMask {
        let columns = nearestIndices(input: width, output: newWidth)
        let rows = nearestIndices(input: height, output: newHeight)
        return BinaryMask(
            width: newWidth, height: newHeight,
            values: gather(values, width: width, channels: 1, columns: columns, rows: rows))
    }

    /// A rectangle of the mask.
    ///
    /// - Precondition: the rectangle is not empty and inside the mask.
    public func cropped(x: Int, y: Int, width: Int, height: Int) -> BinaryMask {
        requireInside(x: x, y: y, width: width, height: height, of: (self.width, self.height))
        let columns = Array(x..<(x + width))
        let rows = Array(y..<(y + height))
        return BinaryMask(
            width: width, height: height,
            values: gather(values, width: self.width, channels: 1, columns: columns, rows: rows))
    }

    /// The mask mirrored left to right.
    public func flippedHorizontally() -> BinaryMask {
        let columns = Array((0..<width).reversed())
        return BinaryMask(
            width: width, height: height,
            values: gather(values, width: width, channels: 1, columns: columns, rows: Array(0..<height)))
    }
}
