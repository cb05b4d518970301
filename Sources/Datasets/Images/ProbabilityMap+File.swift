public import Foundation

extension ProbabilityMap {
    /// Saves the map as a grey PNG, 0 black and 1 white, atomically; what is no number is black.
    public func save(to url: URL) throws(ImageError) {
        let samples = scalars.values.map { value -> UInt8 in
            value > 0 ? UInt8((min(value, 1) * 255).rounded()) : 0
        }
        let bytes = try ImageCodec.png(samples, height: height, width: width, palette: [], file: url.path)
        try ImageFile.write(bytes, to: url)
    }
}
