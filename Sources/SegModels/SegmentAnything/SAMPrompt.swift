public import TensorCore

/// What tells SAM which thing to segment: points, a box, and a mask of an earlier run.
public struct SAMPrompt: Sendable {
    /// A place of the original photo, in pixels, the corner of the first pixel at (0, 0).
    public struct Point: Sendable, Hashable {
        /// From the left.
        public var x: Float
        /// From the top.
        public var y: Float
        /// Whether the place belongs to the thing.
        public var isForeground: Bool

        /// Makes a point.
        public init(x: Float, y: Float, isForeground: Bool = true) {
            self.x = x
            self.y = y
            self.isForeground = isForeground
        }
    }

    /// A box around the thing, in pixels of the original photo.
    public struct Box: Sendable, Hashable {
        /// The left edge.
        public var left: Float
        /// The upper edge.
        public var top: Float
        /// The right edge.
        public var right: Float
        /// The lower edge.
        public var bottom: Float

        /// Makes a box.
        public init(left: Float, top: Float, right: Float, bottom: Float) {
            self.left = left
            self.top = top
            self.right = right
            self.bottom = bottom
        }
    }

    /// Places inside and outside.
    public var points: [Point]
    /// A box around the thing.
    public var box: Box?
    /// ``SAMMasks/lowResolution`` of one mask, `[4 grid, 4 grid]`.
    public var mask: Tensor?

    /// Makes a prompt.
    public init(points: [Point] = [], box: Box? = nil, mask: Tensor? = nil) {
        self.points = points
        self.box = box
        self.mask = mask
    }
}

/// A token of a prompt before it is embedded: a place of the padded square, and what it is.
struct SAMToken: Sendable, Hashable {
    enum Kind: Int, Sendable { case padding, background, foreground, topLeft, bottomRight }

    var x: Float
    var y: Float
    var kind: Kind
}

extension SAMPrompt {
    /// The tokens in the frame of the network. Points without a box are followed by one padding token.
    func tokens(in frame: SAMFrame) -> [SAMToken] {
        let scale = frame.scale
        var tokens = points.map {
            SAMToken(x: $0.x * scale.x, y: $0.y * scale.y, kind: $0.isForeground ? .foreground : .background)
        }
        if let box {
            tokens.append(SAMToken(x: box.left * scale.x, y: box.top * scale.y, kind: .topLeft))
            tokens.append(SAMToken(x: box.right * scale.x, y: box.bottom * scale.y, kind: .bottomRight))
        } else if !points.isEmpty {
            tokens.append(SAMToken(x: 0, y: 0, kind: .padding))
        }
        return tokens
    }
}

/// The sizes of one photo on its way through SAM.
public struct SAMFrame: Sendable, Hashable {
    /// The photo's own size.
    public let original: Size2D
    /// Its size with the long side at ``side``.
    public let resized: Size2D
    /// Side of the square that the resized photo is padded to.
    public let side: Int

    /// The frame of a photo of size `original`: each side is multiplied by `side / long side` and rounded half up, to 1 at least.
    public init(original: Size2D, side: Int = 1024) {
        let scale = Double(side) / Double(max(original.height, original.width, 1))
        self.original = original
        self.side = side
        func length(_ side: Int) -> Int { max(Int(Double(side) * scale + 0.5), 1) }
        resized = Size2D(height: length(original.height), width: length(original.width))
    }

    /// What coordinates of the photo are multiplied by.
    public var scale: (x: Float, y: Float) {
        (Float(resized.width) / Float(max(original.width, 1)), Float(resized.height) / Float(max(original.height, 1)))
    }
}
