/// One object's (or background's) surface pattern: which of two colours shows at a point.
struct ShapeTexture: Sendable, Equatable {
    /// The pattern.
    let texture: Shapes5i.Texture
    private let axis: PlaneVector
    private let frequency: Float
    private let phase: PlaneVector
    private let duty: Float
    private let centre: PlaneVector
    private let noise: ShapeNoise?

    /// - Parameter period: the distance after which a striped pattern repeats; the others follow it in proportion.
    init(texture: Shapes5i.Texture, period: Float, random: inout ShapeRandom) {
        self.texture = texture
        axis = random.direction()
        frequency = 1 / (period * ShapeTexture.periodFactor(texture))
        phase = PlaneVector(random.uniform(0, 16), random.uniform(0, 16))
        duty = random.uniform(0.42, 0.58)
        centre = random.direction() * random.uniform(0, 0.35)
        noise = texture == .marbled ? ShapeNoise(random: &random) : nil
    }

    /// The share of the second colour at a point, 0...1, with edges as soft as `pixel` (the side of a pixel in the
    /// same units).
    func value(_ point: PlaneVector, pixel: Float) -> Float {
        let soft = max(pixel * frequency, 0.02)
        if texture == .rippled {
            let wave = ShapeMath.triangleWave((point - centre).length * frequency + phase.x)
            return ShapeMath.ramp(wave, edge: 1 - duty, width: 2 * soft)
        }
        let u = point.dot(axis) * frequency + phase.x
        let v = point.dot(PlaneVector(-axis.y, axis.x)) * frequency + phase.y
        switch texture {
        case .striped, .rippled:
            return ShapeMath.ramp(ShapeMath.triangleWave(u), edge: 1 - duty, width: 2 * soft)
        case .zigzag:
            let bent = u + ShapeMath.triangleWave(v * 0.4) * 1.1
            return ShapeMath.ramp(ShapeMath.triangleWave(bent), edge: 1 - duty, width: 3 * soft)
        case .checkered:
            let across = ShapeMath.ramp(ShapeMath.triangleWave(u), edge: 0.5, width: 2 * soft)
            let down = ShapeMath.ramp(ShapeMath.triangleWave(v), edge: 0.5, width: 2 * soft)
            return across * down + (1 - across) * (1 - down)
        case .netted:
            let thread = max(ShapeMath.triangleWave(u), ShapeMath.triangleWave(v))
            return ShapeMath.ramp(thread, edge: 1.22 - duty, width: 2 * soft)
        case .dotted:
            return dots(u, v, soft: soft)
        case .marbled:
            return veins(u, v, soft: soft)
        }
    }

    private func dots(_ u: Float, _ v: Float, soft: Float) -> Float {
        let height: Float = 0.866
        let row = ShapeMath.floor(v / height)
        let shifted = u + (Int(row) % 2 == 0 ? 0 : 0.5)
        let across = shifted - ShapeMath.floor(shifted) - 0.5
        let down = v - (row + 0.5) * height
        let distance = PlaneVector(across, down).length
        return ShapeMath.ramp(0.09 + 0.42 * duty - distance, edge: 0, width: soft)
    }

    private func veins(_ u: Float, _ v: Float, soft: Float) -> Float {
        guard let noise else { return 0 }
        let height = noise.octaves(2, u, v, persistence: 0.4)
        return ShapeMath.ramp(ShapeMath.triangleWave(height * 2.4), edge: 1 - duty, width: 4 * soft)
    }

    private static func periodFactor(_ texture: Shapes5i.Texture) -> Float {
        switch texture {
        case .striped, .rippled: 1
        case .zigzag: 1.1
        case .dotted: 1.15
        case .netted: 1.2
        case .checkered: 1.5
        case .marbled: 1.45
        }
    }
}
