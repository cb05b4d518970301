public import Foundation

/// How the values of a mask file become foreground.
public enum MaskRule: Sendable, Equatable {
    /// The rule that suits the file:
    /// - palette PNG: every index but 0; 255 is void and not foreground, unless it is the only index beside 0;
    /// - grey PNG of two values (0 and any other): the other one;
    /// - grey PNG with values in 128...254, and JPEG: 128 and above (a mask with soft edges);
    /// - other grey PNG (a map of class indices): every value but 0 and the void value 255;
    /// - RGB PNG: every pixel that is not black; transparent pixels are background.
    case automatic
    /// Every value but 0, the void value 255 included.
    case nonzero
    /// Values of at least the threshold (FSS-1000: 128).
    case threshold(UInt8)
    /// One class of a label map; 255 is background (HSNet's rule for supports).
    case classIndex(UInt8)
}

extension BinaryMask {
    /// Loads a mask from a PNG (grey, palette or RGB) or, by a threshold of 128, from a JPEG.
    ///
    /// An empty mask is a valid file: whether it is acceptable is up to the caller (``Annotation`` files refuse it).
    public static func load(_ url: URL, rule: MaskRule = .automatic) throws(ImageError) -> BinaryMask {
        let bytes = try ImageFile.bytes(of: url)
        do throws(ImageError) {
            let (map, hasPalette) = try ImageCodec.labels(bytes, file: url.path)
            return map.mask(by: rule, hasPalette: hasPalette)
        } catch {
            guard error.kind == .unsupported else { throw error }
        }
        // RGB, 16-bit and JPEG files are no label maps, but people draw masks in them. Animation and CMYK fail again.
        let image = try ImageCodec.rgb(bytes, file: url.path, background: 0)
        let brightness = image.brightness()
        switch rule {
        case .threshold(let threshold):
            return BinaryMask(height: image.height, width: image.width, values: brightness.map { $0 >= threshold })
        case .classIndex:
            throw ImageError(
                kind: .unsupported, file: url.path, found: "an RGB, 16-bit or JPEG image",
                expected: "a grey or palette PNG of class indices", advice: "save the labels as a palette PNG")
        case .automatic, .nonzero:
            let threshold: UInt8 = ImageFormat(bytes) == .jpeg ? 128 : 1
            return BinaryMask(height: image.height, width: image.width, values: brightness.map { $0 >= threshold })
        }
    }

    /// Saves the mask as a grey PNG of 0 and 255, atomically.
    public func save(to url: URL) throws(ImageError) {
        let samples = values.map { $0 ? UInt8(255) : 0 }
        let bytes = try ImageCodec.png(samples, height: height, width: width, palette: [], file: url.path)
        try ImageFile.write(bytes, to: url)
    }
}

extension LabelMap {
    /// The foreground of the map by a rule; `hasPalette` tells palette indices from grey values.
    func mask(by rule: MaskRule, hasPalette: Bool) -> BinaryMask {
        switch rule {
        case .nonzero: return mask { $0 != 0 }
        case .threshold(let threshold): return mask { $0 >= threshold }
        case .classIndex(let index): return mask { $0 == index }
        case .automatic: break
        }
        let present = Set(values).subtracting([0])
        if present.count <= 1 { return mask { $0 != 0 } }
        if !hasPalette && present.contains(where: { (128...254).contains($0) }) { return mask { $0 >= 128 } }
        return mask { $0 != 0 && $0 != LabelMap.ignore }
    }

    private func mask(_ isForeground: (UInt8) -> Bool) -> BinaryMask {
        BinaryMask(height: height, width: width, values: values.map(isForeground))
    }
}

extension RGBImage {
    /// The largest channel of each pixel.
    func brightness() -> [UInt8] {
        var values = [UInt8](repeating: 0, count: width * height)
        for pixel in 0..<values.count {
            let red = pixels[pixel * 3]
            let green = pixels[pixel * 3 + 1]
            values[pixel] = max(red, max(green, pixels[pixel * 3 + 2]))
        }
        return values
    }
}
