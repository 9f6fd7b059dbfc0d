class Footprints: pass
