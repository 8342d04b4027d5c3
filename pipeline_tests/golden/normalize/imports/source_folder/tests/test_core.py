from app.core import missing
import app.core
