from lib import work as labour

labour()
