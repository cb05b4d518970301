internal import CImageCodecs

/// The source index of the nearest-neighbour rule `floor(i * input / output)`, as torch and OpenCV have it.
func nearestIndices(input: Int, output: Int) -> [Int] {
    (0..<output).map { $0 * input / output }
}

/// Rearranges `channels`-wide pixels: output (x, y) takes input (columns[x], rows[y]).
func gather<Sample>(_ samples: [Sample], width: Int, channels: Int, columns: [Int], rows: [Int]) -> [Sample] {
    [Sample](unsafeUninitializedCapacity: columns.count * rows.count * channels) { output, filled in
        samples.withUnsafeBufferPointer { samples in
            var target = 0
            for row in rows {
                for column in columns {
                    let source = (row * width + column) * channels
                    for channel in 0..<channels { output.initializeElement(at: target + channel, to: samples[source + channel]) }
                    target += channels
                }
            }
            filled = target
        }
    }
}

/// Traps for a rectangle that is empty or leaves its image.
func requireInside(y: Int, x: Int, height: Int, width: Int, of size: (height: Int, width: Int)) {
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
        let part = [UInt8](unsafeUninitializedCapacity: height * width * 3) { output, filled in
            pixels.withUnsafeBufferPointer { pixels in
                for row in 0..<height {
                    let source = ((y + row) * self.width + x) * 3
                    let target = UnsafeMutableBufferPointer(rebasing: output[(row * width * 3)...])
                    _ = target.initialize(from: pixels[source..<(source + width * 3)])
                }
            }
            filled = height * width * 3
        }
        return RGBImage(height: height, width: width, pixels: part)
    }

    /// The image mirrored left to right.
    public func flippedHorizontally() -> RGBImage {
        let mirrored = Self.samples(pixels.count) { output in
            fss_mirror_rgb(pixels, height, width, output)
            return 1
        }
        return RGBImage(height: height, width: width, pixels: mirrored)
    }

    /// The image scaled without interpolation, for pixel art and masks drawn as pictures.
    public func resizedNearest(height newHeight: Int, width newWidth: Int) -> RGBImage {
        let columns = nearestIndices(input: width, output: newWidth)
        return picked(rows: nearestIndices(input: height, output: newHeight), columns: columns)
    }

    private func picked(rows: [Int], columns: [Int]) -> RGBImage {
        RGBImage(
            height: rows.count, width: columns.count,
            pixels: gather(pixels, width: width, channels: 3, columns: columns, rows: rows))
    }
}
