/// One textured shape of a scene.
struct ShapeObject: Sendable, Equatable {
    /// The class, 1...20.
    let classID: Int
    let outline: ShapeOutline
    let texture: ShapeTexture
    let pose: ShapePose
    /// The two colours of the pattern.
    var colors: (ShapeColor, ShapeColor)
    /// How strongly the rim is lit and shaded, and how wide it is in object units.
    let bevel: (strength: Float, width: Float)
    /// How much brighter the lit side is than the middle.
    let dome: Float

    /// Draws the parts of an object that do not depend on other objects.
    init(classID: Int, pose: ShapePose, random: inout ShapeRandom) {
        self.classID = classID
        self.pose = pose
        let composition = Shapes5i.compositions[classID - 1]
        outline = ShapeOutline(shape: composition.shape, random: &random)
        // A pattern finer than this could not be told at 128 pixels.
        let period = max(random.uniform(0.27, 0.38), 0.045 / pose.radius)
        texture = ShapeTexture(texture: composition.texture, period: period, random: &random)
        let dark = ShapeColor(
            luma: random.uniform(0.09, 0.34), saturation: random.uniform(0.3, 1), random: &random)
        let bright = ShapeColor(
            luma: random.uniform(0.62, 0.94), saturation: random.uniform(0.15, 0.9), random: &random)
        colors = random.chance(0.5) ? (dark, bright) : (bright, dark)
        bevel = (random.uniform(0.25, 0.5), random.uniform(0.08, 0.18))
        dome = random.uniform(0.05, 0.28)
    }

    /// Whether a picture position lies inside the outline.
    func contains(_ position: PlaneVector) -> Bool {
        outline.signedDistance(pose.unproject(position)) <= 0
    }

    static func == (left: ShapeObject, right: ShapeObject) -> Bool {
        left.classID == right.classID && left.outline == right.outline && left.texture == right.texture
            && left.pose == right.pose && left.colors == right.colors && left.bevel == right.bevel
            && left.dome == right.dome
    }
}

/// A line of clutter with round ends.
struct ShapeStroke: Sendable, Equatable {
    let start: PlaneVector
    let end: PlaneVector
    /// Half the thickness, as a share of the picture's side.
    let halfWidth: Float
    let color: ShapeColor
}

/// A soft or sharp elliptic patch of clutter.
struct ShapeBlob: Sendable, Equatable {
    let pose: ShapePose
    let softness: Float
    let opacity: Float
    let color: ShapeColor
}

/// What lies behind the objects.
struct ShapeBackdrop: Sendable, Equatable {
    let palette: [ShapeColor]
    let noise: ShapeNoise
    /// Lattice cells of the coarsest octave along the picture's side.
    let noiseCells: Float
    /// How strongly fine octaves show.
    let persistence: Float
    let gradient: PlaneVector
    /// A faint regular pattern, so that a pattern alone does not give an object away.
    let pattern: ShapeTexture?
    let patternStrength: Float
    let blobs: [ShapeBlob]
    let strokes: [ShapeStroke]
}

/// The light and the camera.
struct ShapeLighting: Sendable, Equatable {
    /// The direction towards the light, in picture coordinates.
    let direction: PlaneVector
    /// How much the brightness changes from the middle to the lit border.
    let gradient: Float
    let balance: ShapeColor
    let brightness: Float
    let contrast: Float
    let shadowLength: Float
    let shadowSoftness: Float
    let shadowStrength: Float
    /// The outer weights of the three-tap blur.
    var blur: Float
    /// The standard deviation of the sensor noise.
    var noise: Float
}

/// Everything that a picture shows, in coordinates that do not depend on its number of pixels.
struct ShapeScene: Sendable, Equatable {
    var backdrop: ShapeBackdrop
    /// Objects from back to front.
    var objects: [ShapeObject]
    /// Unlabelled strokes in front of all objects.
    var foreground: [ShapeStroke]
    var lighting: ShapeLighting
    var noiseKey: UInt64
}
