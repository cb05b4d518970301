/// The colours of label maps, in the bit-interleaved order of the PASCAL VOC development kit.
public enum ColorMap {
    /// 256 RGB triples: class 0 black, 1 (128, 0, 0), 2 (0, 128, 0), ..., 255 (224, 224, 192).
    public static let voc: [UInt8] = (0..<256).flatMap { vocColor($0) }

    /// The RGB triple of a class.
    public static func vocColor(_ index: Int) -> [UInt8] {
        var color: [UInt8] = [0, 0, 0]
        var bits = index
        for level in (0..<8).reversed() {
            for channel in 0..<3 {
                color[channel] |= UInt8((bits >> channel) & 1) << UInt8(level)
            }
            bits >>= 3
        }
        return color
    }
}
