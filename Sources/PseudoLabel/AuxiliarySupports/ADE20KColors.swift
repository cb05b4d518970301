public import Datasets

/// ADE20K's classes as the colours that a segmentation ControlNet was trained with, and which of them stands for a class by name.
///
/// ADE20K has 150 classes of rooms and streets; other datasets' classes are shown as the nearest. The map of PASCAL's and COCO's names is
/// the one that DifFSS released. A name that it does not know is ``fallback``, "ball", the class that the release gives to things without
/// one of their own.
public enum ADE20KColors {
    /// The class of everything outside the thing: wall.
    public static let background = 0
    /// The class of a name that ``index(ofClass:)`` does not know.
    public static let fallback = 108

    /// The colours of classes 0...149.
    public static let palette: [RGBColor] = hexadecimal.split(separator: " ").map { text in
        let value = UInt32(text, radix: 16) ?? 0
        return RGBColor(red: UInt8(value >> 16 & 255), green: UInt8(value >> 8 & 255), blue: UInt8(value & 255))
    }

    /// The class that stands for a name; upper and lower case are the same.
    public static func index(ofClass name: String) -> Int { indices[name.lowercased()] ?? fallback }

    /// Whether a name is known.
    public static func knows(_ name: String) -> Bool { indices[name.lowercased()] != nil }

    private static let animal = 126
    private static let food = 120
    private static let device = 74

    private static let indices: [String: Int] = {
        var found: [String: Int] = [
            "person": 12, "bicycle": 127, "car": 20, "motorcycle": 116, "motorbike": 116, "airplane": 90, "aeroplane": 90,
            "bus": 80,
            "train": 20, "truck": 83, "boat": 76, "traffic light": 136, "fire hydrant": 6, "stop sign": 43, "parking meter": 6,
            "bench": 69, "backpack": 115, "umbrella": 108, "handbag": 115, "tie": 92, "suitcase": 41, "bottle": 98,
            "wine glass": 147, "chair": 19, "couch": 23, "sofa": 23, "potted plant": 17, "bed": 7, "dining table": 15,
            "toilet": 65,
            "tv": 89, "television": 89, "tv monitor": 89, "microwave": 124, "oven": 118, "toaster": 71, "sink": 47,
            "refrigerator": 50, "book": 67, "clock": 148, "vase": 135,
        ]
        let animals = ["bird", "cat", "dog", "horse", "sheep", "cow", "elephant", "bear", "zebra", "giraffe"]
        let foods = [
            "banana", "apple", "sandwich", "orange", "broccoli", "carrot", "hot dog", "pizza", "donut", "cake",
        ]
        let devices = ["laptop", "mouse", "computer mouse", "remote", "remote controller", "keyboard", "cell phone"]
        for (names, index) in [(animals, animal), (foods, food), (devices, device)] {
            for name in names { found[name] = index }
        }
        return found
    }()

    private static let hexadecimal =
        """
        787878 b47878 06e6e6 503232 04c803 787850 8c8c8c cc05ff e6e6e6 04fa07 e005ff ebff07 96053d 787846 08ff33 ff0652 8fff8c ccff04 \
        ff3307 cc4603 0066c8 3de6fa ff0633 0b66ff ff0747 ff09e0 0907e6 dcdcdc ff095c 7009ff 08ffd6 07ffe0 ffb806 0aff47 ff290a 07ffff \
        e0ff08 6608ff ff3d06 ffc207 ff7a08 00ff14 ff0829 ff0599 0633ff eb0cff a09614 00a3ff 8c8c8c fa0a0f 14ff00 1fff00 ff1f00 ffe000 \
        99ff00 0000ff ff4700 00ebff 00adff 1f00ff 0bc8c8 ff5200 00fff5 003dff 00ff70 00ff85 ff0000 ffa300 ff6600 c2ff00 008fff 33ff00 \
        0052ff 00ff29 00ffad 0a00ff adff00 00ff99 ff5c00 ff00ff ff00f5 ff0066 ffad00 ff0014 ffb8b8 001fff 00ff3d 0047ff ff00cc 00ffc2 \
        00ff52 000aff 0070ff 3300ff 00c2ff 007aff 00ffa3 ff9900 00ff0a ff7000 8fff00 5200ff a3ff00 ffeb00 08b8aa 8500ff 00ff5c b800ff \
        ff001f 00b8ff 00d6ff ff0070 5cff00 00e0ff 70e0ff 46b8a0 a300ff 9900ff 47ff00 ff00a3 ffcc00 ff008f 00ffeb 85ff00 ff00eb f500ff \
        ff007a fff500 0abed4 d6ff00 00ccff 1400ff ffff00 0099ff 0029ff 00ffcc 2900ff 29ff00 ad00ff 00f5ff 4700ff 7a00ff 00ffb8 005cff \
        b8ff00 0085ff ffd600 19c2c2 66ff00 5c00ff
        """
}
