extension ShapeBackdrop {
    /// Draws a backdrop: colours, noise, a gradient, sometimes a pattern, and clutter.
    init(random: inout ShapeRandom) {
        let base = random.uniform(0.25, 0.75)
        palette = (0..<3).map { _ in
            let luma = ShapeMath.clamp(base + random.uniform(-0.22, 0.22))
            return ShapeColor(luma: max(luma, 0.05), saturation: random.uniform(0, 0.5), random: &random)
        }
        noise = ShapeNoise(random: &random)
        noiseCells = random.uniform(2, 7)
        persistence = random.uniform(0.45, 0.8)
        gradient = random.direction() * random.uniform(0, 0.35)
        if random.chance(0.4) {
            let textures = Shapes5i.Texture.allCases
            let texture = textures[random.index(below: textures.count)]
            pattern = ShapeTexture(texture: texture, period: random.uniform(0.05, 0.14), random: &random)
        } else {
            pattern = nil
        }
        patternStrength = random.uniform(0.06, 0.24)
        blobs = (0..<(3 + random.index(below: 7))).map { _ in ShapeBlob(random: &random) }
        strokes = (0..<(2 + random.index(below: 6))).map { _ in
            ShapeStroke(thickness: 0.002...0.012, random: &random)
        }
    }
}

extension ShapeBlob {
    init(random: inout ShapeRandom) {
        let centre = PlaneVector(random.unit(), random.unit())
        pose = ShapePose(centre: centre, radius: random.uniform(0.03, 0.18), random: &random)
        softness = random.chance(0.5) ? random.uniform(0.02, 0.1) : random.uniform(0.3, 0.9)
        opacity = random.uniform(0.35, 0.95)
        color = ShapeColor(
            luma: random.uniform(0.08, 0.85), saturation: random.uniform(0.05, 0.7), random: &random)
    }
}

extension ShapeStroke {
    init(thickness: ClosedRange<Float>, random: inout ShapeRandom) {
        start = PlaneVector(random.unit(), random.unit())
        end = start + random.direction() * random.uniform(0.15, 0.9)
        halfWidth = random.uniform(thickness.lowerBound, thickness.upperBound)
        color = ShapeColor(
            luma: random.uniform(0.06, 0.85), saturation: random.uniform(0.05, 0.7), random: &random)
    }
}

extension ShapeLighting {
    /// Draws the light and the camera of a picture.
    init(random: inout ShapeRandom) {
        direction = random.direction()
        gradient = random.uniform(0, 0.3)
        balance = ShapeColor(
            random.uniform(0.88, 1.12), random.uniform(0.92, 1.08), random.uniform(0.85, 1.15))
        brightness = random.uniform(0.88, 1.12)
        contrast = random.uniform(0.85, 1.12)
        shadowLength = random.uniform(0.01, 0.04)
        shadowSoftness = random.uniform(0.08, 0.3)
        shadowStrength = random.uniform(0.15, 0.55)
        blur = random.uniform(0, 0.16)
        noise = random.uniform(0.004, 0.028)
    }
}
