from .models import Base
